import { randomInt } from 'node:crypto';

type Form = (value: unknown) => unknown;

const asText: Form = (value) => (isScalar(value) ? String(value) : value);
const asNumber: Form = (value) => {
  if (!isScalar(value) || !/^-?\d+$/.test(String(value))) return value;
  return BigInt(value);
};
const asBit: Form = (value) => (value === true || value === 1 || value === '1' ? 1 : 0);
const asFloat: Form = (value) => (typeof value === 'number' ? Number(value.toPrecision(15)) : value);
const same: Form = (value) => value;

/** Fields that come in several types, and those types (API document, 2). */
const SEEN: Readonly<Record<string, readonly Form[]>> = {
  state: [same, asBit, (value) => String(asBit(value)), asText],
  code: [same, asText],
  user_id: [same, asText, asNumber],
  limit: [same, asText],
  offset: [same, asText],
  count: [same, asText, asNumber],
  folder_count: [same, asText, asNumber],
  aid: [same, asText, asNumber],
  cid: [same, asNumber],
  pid: [same, asNumber],
  isp: [same, asText],
  play_long: [same, asText],
  file_id: [same, asText, asNumber],
  file_size: [same, asText],
  size: [same, asFloat],
};

/** Every field in any type it was ever seen in, chosen anew for each answer. */
export function chaoticTypes(reply: unknown): unknown {
  return mapFields(reply, (name, value) => {
    const forms = SEEN[name] ?? [same];
    return (forms[randomInt(forms.length)] ?? same)(value);
  });
}

/** Fields in the types that the documentation gives, where the cloud's own differ (corrections, 1). */
export function documentedTypes(reply: unknown): unknown {
  if (!isRecord(reply)) return reply;
  if ('path' in reply) return { ...reply, aid: asText(reply['aid']) };
  return { ...reply, data: documentedData(reply['data']) };
}

function documentedData(data: unknown): unknown {
  if (!isRecord(data)) return data;
  if ('rt_space_info' in data) return { ...data, user_id: asText(data['user_id']) };
  if ('rb_pass' in data) return mapFields(data, (name, value) => (name === 'cid' ? asNumber(value) : value));
  if (!('folder_count' in data) || !Array.isArray(data['paths'])) return data;
  const { count, folder_count, paths } = data;
  return {
    ...data,
    count: asText(count),
    folder_count: asText(folder_count),
    paths: paths.map(withNumericId),
  };
}

function withNumericId(path: unknown): unknown {
  return isRecord(path) ? { ...path, file_id: asNumber(path['file_id']) } : path;
}

function mapFields(value: unknown, change: (name: string, value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => mapFields(one, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, change(name, mapFields(member, change))]),
  );
}

function isScalar(value: unknown): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
