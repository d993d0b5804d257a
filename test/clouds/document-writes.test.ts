import assert from 'node:assert/strict';
import { makeCertificate, type Certificate } from './certificate.js';
import { shapeOf, type DocumentExample } from './document-examples.js';
import { DOCUMENT_WRITE_QUERIES, DOCUMENT_WRITES } from './document-writes.js';
import { expectedBytes } from './house/content.js';
import { send, type PlainRequest } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';
import { authorizationOf, callbackHeaders, type InitData, type TokenData } from './upload-client.js';

const API = 'https://proapi.115.com/open';
const STORAGE = 'oss-cn-shenzhen.aliyuncs.com';
const HOSTS = ['proapi.115.com', 'uplb.115.com', STORAGE, `fhnfile.${STORAGE}`];
const SHA1 = '20E1307DE838FB67C28577C7EC9D1C6288EB2883';

describe('examples of the API document for writing, over TLS under the real host names', () => {
  let certificate: Certificate;
  let cloud: CloudProcess;

  before(async () => {
    certificate = await makeCertificate(HOSTS);
    cloud = await startCloud({ tls: certificate });
  });

  after(async () => {
    await cloud.stop();
    await certificate.remove();
  });

  const ask = (url: string, request: PlainRequest = {}) => {
    const target = new URL(url);
    target.port = new URL(cloud.url).port;
    return send(target.href, { ...request, ca: certificate.ca });
  };

  const call = (url: string, form?: Readonly<Record<string, string>>) =>
    ask(url, {
      headers: { authorization: `Bearer ${cloud.login.accessToken}` },
      ...(form === undefined ? {} : { form }),
    });

  const dataOf = async (path: string, form?: Readonly<Record<string, string>>) =>
    (await call(`${API}/${path}`, form)).json()['data'];

  const store = (init: InitData, token: TokenData, body: Buffer) => {
    const headers = {
      date: new Date().toUTCString(),
      'x-oss-security-token': token.SecurityToken,
      ...callbackHeaders(init),
    };
    const signed = { method: 'PUT', path: `/${init.bucket}/${init.object}`, query: {}, headers };
    const authorization = authorizationOf(signed, token);
    const { host } = new URL(token.endpoint);
    return ask(`https://${init.bucket}.${host}/${init.object}`, {
      method: 'PUT',
      headers: { ...headers, authorization },
      body,
    });
  };

  /** Ids are members in some answers: only one of them counts, under any name. */
  const comparable = (json: unknown): unknown =>
    JSON.parse(JSON.stringify(shapeOf(json)).replaceAll(/"\d{19}":/g, '"id":'));

  const sendExample = ({ title, url, form, answer }: DocumentExample): void => {
    it(`gives the shape of ${title}`, async () => {
      const reply = await call(url, form);
      assert.equal(reply.status, 200);
      assert.deepEqual(comparable(reply.json()), comparable(JSON.parse(answer)));
    });
  };

  for (const example of [...DOCUMENT_WRITES, ...DOCUMENT_WRITE_QUERIES]) sendExample(example);

  it('gives the shapes of 17.5 and 17.7 and takes the bytes under the name of the bucket', async () => {
    const fields = { file_size: '2097153', fileid: SHA1, target: 'U_1_0' };
    const init = (await dataOf('upload/init', { ...fields, file_name: 'clip.mkv' })) as InitData;
    const resumed = await dataOf('upload/resume', { ...fields, pick_code: init.pick_code });
    const { pick_code, target, bucket, object, callback } = init;
    assert.deepEqual(resumed, { pick_code, target, version: '3.0', bucket, object, callback });
    const token = (await dataOf('upload/get_token')) as TokenData;
    assert.equal(new URL(token.endpoint).hostname, STORAGE);
    const bytes = await expectedBytes({ kind: 'modulo', modulus: 251 }, 0, 2_097_152);
    assert.deepEqual((await store(init, token, bytes)).json(), {
      state: false,
      message: '校验文件失败，请重新上传。',
      code: 10002,
    });
    await cloud.fault('upload-unknown');
    const right = { ...fields, file_size: '2097152', file_name: 'clip.mkv' };
    const reply = await store((await dataOf('upload/init', right)) as InitData, token, bytes);
    assert.deepEqual(
      shapeOf(reply.json()),
      shapeOf(
        JSON.parse(`{"state":true,"message":"","code":0,"data":{"pick_code":"e2k5m8q1t4w7z0c3f",
          "file_name":"clip.mkv","file_size":2097152,"file_id":"3342177983093201750","thumb_url":"",
          "sha1":"${SHA1}","aid":1,"cid":"3073311192547189943"}}`),
      ),
    );
  });

  it('gives the callback strings of 17.2 letter by letter', async () => {
    const fields = {
      file_size: '7',
      fileid: '3'.repeat(40),
      target: 'U_1_3073311192547189943',
      file_name: 'x',
    };
    const { callback, pick_code } = (await dataOf('upload/init', fields)) as InitData;
    assert.equal(
      callback.callback,
      '{"callbackUrl":"http:\\/\\/uplb.115.com\\/3.0\\/completeupload.php","callbackBody":"bucket=${bucket}&object=${object}&size=${size}&sha1=${sha1}&pick_code=${x:pick_code}&user_id=${x:user_id}&behavior_type=${x:behavior_type}&source=${x:source}&target=${x:target}&task_uid=${x:task_uid}"}',
    );
    assert.equal(
      callback.callback_var,
      `{"x:pick_code":"${pick_code}","x:user_id":"100012345","x:behavior_type":"0","x:source":"100","x:target":"U_1_3073311192547189943","x:task_uid":""}`,
    );
  });

  it('refuses the bucket in the path under the real name, as an error document of the storage', async () => {
    const reply = await ask(`https://${STORAGE}/fhnfile/object`);
    assert.equal(reply.status, 403);
    assert.match(
      reply.body.toString(),
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>SecondLevelDomainForbidden<\/Code><Message>.*<\/Message><RequestId>[0-9A-F]{24}<\/RequestId><HostId>oss-cn-shenzhen\.aliyuncs\.com<\/HostId><\/Error>$/,
    );
  });

  it('gives credentials without a login at the older place', async () => {
    const reply = (await ask('https://uplb.115.com/3.0/gettoken.php')).json();
    assert.match(String(reply['AccessKeyId']), /^STS\./);
  });
});
