import type { Exchange } from '../house/exchange.js';

/** A refusal with one of the codes of the API document (3.5, 4). Endpoints throw it; the service answers it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;

  constructor(code: number, message: string = messageOf(code)) {
    super(message);
    this.code = code;
  }
}

const MESSAGES: Readonly<Record<number, string>> = {
  2: '单个文件夹下的文件（夹）数量不能超过5万个',
  406: '已达到当前访问上限，购买更高等级VIP可获更多额度。',
  1001: '参数错误',
  10004: '错误的链接',
  10008: '任务已存在，请勿输入重复的链接地址',
  10010: '离线下载配额不足',
  10014: '上传目录不存在，请重新上传',
  20001: '目录名称不能为空。',
  20002: '目录名称长度不能超过20个字符。',
  20003: '目录名不能包含下列任意字符之一：" < >',
  20004: '该目录名称已存在。',
  20009: '父目录不存在。',
  21003: '目标名称已存在',
  50001: '提取码不能为空',
  50003: '提取码不存在',
  70004: '文件未上传完整',
  70005: '文件(夹)不存在或已删除',
  91002: '不能将文件复制到自身或其子目录下',
  91004: '操作的文件(夹)数量超过5万个',
  91005: '空间不足，复制失败',
  231011: '文件已删除，请勿重复操作',
  430004: '文件（夹）不存在或已删除',
  770004: '已达到当前访问上限',
  800001: '目录不存在',
  800006: '不能将文件移动到自身或其子目录下',
  980006: '404 接口不存在',
  990002: '参数错误',
  990003: '操作失败',
  990009: '删除[还原]操作尚未执行完成，请稍后再试',
  990019: '移动操作尚未执行完成，请稍后再试',
  990023: '操作的文件(夹)数量超过5万个',
  20130827: '不支持的排序方式',
  40100000: '参数缺失',
  40110000: '请求异常需要重试',
  40140100: 'client_id 错误',
  40140101: 'code_challenge 必填',
  40140102: 'code_challenge_method 必须是 sha256、sha1、md5 之一',
  40140103: 'sign 必填',
  40140104: 'sign 签名失败',
  40140106: 'APP ID 无效',
  40140111: 'APP secret 错误',
  40140112: 'code_verifier 长度不符合规则',
  40140113: 'code_verifier 验证失败',
  40140114: 'refresh_token 格式错误（防篡改）',
  40140115: 'refresh_token 签名校验失败（防篡改）',
  40140116: 'no auth',
  40140117: '您的刷新操作太频繁，请稍后再试',
  40140119: 'refresh_token 已过期',
  40140120: 'refresh_token 检验失败（防篡改）',
  40140121: 'access_token 刷新失败',
  40140123: 'access_token 格式错误（防篡改）',
  40140125: 'access_token 无效（已过期或者已解除授权）',
  40140127: 'response_type 错误',
  40140128: 'redirect_uri 缺少协议',
  40140129: 'redirect_uri 缺少域名',
  40140132: 'grant_type 错误',
  40140133: 'client_secret 验证失败',
  40140134: '授权码 code 验证失败',
  40140135: 'client_id 验证失败',
  40140136: 'redirect_uri 验证失败（防MITM）',
  40199002: '二维码已过期',
};

/** What the service says with a code. */
export function messageOf(code: number): string {
  return MESSAGES[code] ?? '操作失败';
}

/** Envelope of the resource calls (API document, 1.3). */
export function resourceReply(data: unknown): Readonly<Record<string, unknown>> {
  return { state: true, message: '', code: 0, data };
}

/** The two failure bodies seen: codes of login and limits stand alone, the others come in error and errno too. */
export function resourceRefusal({ code, message }: Refusal): Readonly<Record<string, unknown>> {
  const body = { state: false, message, code, data: [] };
  const alone = code >= 40_000_000 || code === 406 || code === 770004;
  return alone ? body : { ...body, error: message, errno: code };
}

/** Envelope of passport and qrcode (API document, 1.4). */
export function passportReply(data: unknown): Readonly<Record<string, unknown>> {
  return { state: 1, code: 0, message: '', data, error: '', errno: 0 };
}

/** Failure of passport and qrcode; data is an object (corrections, 2). */
export function passportRefusal({ code, message }: Refusal): Readonly<Record<string, unknown>> {
  return { state: 0, code, message, data: {}, error: message, errno: code };
}

/** Sends what an endpoint gives, or its refusal. Other errors go on: they are bugs. */
export async function answerWith(
  exchange: Exchange,
  endpoint: () => unknown,
  refusal: (refused: Refusal) => Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    const reply = await endpoint();
    if (reply !== undefined) exchange.sendJson(reply);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    exchange.notes.code = error.code;
    exchange.sendJson(refusal(error));
  }
}
