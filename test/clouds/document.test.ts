import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { makeCertificate, type Certificate } from './certificate.js';
import { DOCUMENT_EXAMPLES, shapeOf } from './document-examples.js';
import { send, type PlainResponse } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';

const HOSTS = [
  'proapi.115.com',
  'passportapi.115.com',
  'qrcodeapi.115.com',
  'cdnfhnfile.115cdn.net',
  'fhnfile.oss-cn-shenzhen.aliyuncs.com',
];
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const PASSPORT = 'https://passportapi.115.com';

/** The address of the running cloud under a real host name: only the port is not the real one. */
describe('examples of the API document, over TLS under the real host names', () => {
  let certificate: Certificate;
  let cloud: CloudProcess;

  before(async () => {
    certificate = await makeCertificate(HOSTS);
    cloud = await startCloud({
      tls: certificate,
      faults: { 'documented-types': {} },
      settings: { qrPoll: 50 },
    });
  });

  after(async () => {
    await cloud.stop();
    await certificate.remove();
  });

  const ask = (
    url: string,
    form?: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PlainResponse> => {
    const target = new URL(url);
    target.port = new URL(cloud.url).port;
    return send(target.href, { headers, ca: certificate.ca, ...(form === undefined ? {} : { form }) });
  };

  const bearer = (): Readonly<Record<string, string>> => ({
    authorization: `Bearer ${cloud.login.accessToken}`,
  });

  const passport = (call: string, form: Readonly<Record<string, string>>) =>
    ask(`${PASSPORT}/open/${call}`, form);

  for (const { title, url, form, authorized, answer } of DOCUMENT_EXAMPLES) {
    it(`gives the shape of ${title}`, async () => {
      const reply = await ask(url, form, authorized ? bearer() : {});
      assert.equal(reply.status, 200);
      assert.deepEqual(shapeOf(reply.json()), shapeOf(JSON.parse(answer)));
    });
  }

  it('gives the shapes of 3.1, from device code to tokens, and of 3.3', async () => {
    const begun = await passport('authDeviceCode', {
      client_id: cloud.login.clientId,
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64'),
      code_challenge_method: 'sha256',
    });
    const envelope = { code: 'number', error: 'string', errno: 'number', message: 'string', state: 'number' };
    const shape = (data: Readonly<Record<string, unknown>>) => shapeOf({ ...data });
    assert.deepEqual(shapeOf(begun.json()), {
      ...envelope,
      data: { qrcode: 'string', sign: 'string', time: 'number', uid: 'string' },
    });
    const { uid, time, sign } = begun.json()['data'] as Record<string, string>;
    await cloud.actOnQr('scan', uid);
    const status = await ask(`https://qrcodeapi.115.com/get/status/?uid=${uid}&time=${time}&sign=${sign}`);
    assert.deepEqual(shape(status.json()), {
      ...envelope,
      data: { msg: 'string', status: 'number', version: 'string' },
    });
    await cloud.actOnQr('confirm', uid);
    const tokens = {
      ...envelope,
      data: { access_token: 'string', expires_in: 'number', refresh_token: 'string' },
    };
    const redeemed = await passport('deviceCodeToToken', { uid: uid ?? '', code_verifier: VERIFIER });
    assert.deepEqual(shape(redeemed.json()), tokens);
    const { refresh_token } = redeemed.json()['data'] as Record<string, string>;
    assert.deepEqual(
      shape((await passport('refreshToken', { refresh_token: refresh_token ?? '' })).json()),
      tokens,
    );
  });

  it('answers the login calls on the QR host too', async () => {
    const form = { refresh_token: cloud.login.refreshToken };
    const reply = await ask('https://qrcodeapi.115.com/open/refreshToken', form);
    assert.equal(reply.json()['code'], 0);
    await cloud.newLogin();
  });

  it('hands out links under the real host name, and serves them', async () => {
    const { accessToken } = cloud.login;
    const agent = { 'user-agent': 'Mozilla/5.0' };
    const tokens = await cloud.newLogin();
    assert.notEqual(tokens.access_token, accessToken);
    const headers = { authorization: `Bearer ${tokens.access_token}`, ...agent };
    const reply = await ask(
      'https://proapi.115.com/open/ufile/downurl',
      { pick_code: 'dtctprlmfkl4exiok' },
      headers,
    );
    const data = reply.json()['data'] as Record<string, { url: { url: string } }>;
    const link = data['3073323042143855813']?.url.url ?? '';
    assert.match(
      link,
      /^https:\/\/cdnfhnfile\.115cdn\.net:\d+\/[0-9a-f]{40}\/clip\.mkv\?t=\d+&u=100012345&s=\d+&d=vip-/,
    );
    const part = await ask(link, undefined, { ...agent, range: 'bytes=1000-1150' });
    const digest = createHash('sha1').update(part.body).digest('hex').toUpperCase();
    assert.deepEqual([part.status, digest], [206, 'FA6FA3BE5972C33BDB627AC7B5B338C506C0EA48']);
  });

  it('answers an unknown call with the documented shape of an error', async () => {
    const { access_token } = await cloud.newLogin();
    const authorization = `Bearer ${access_token}`;
    const reply = await ask('https://proapi.115.com/open/no/such', {}, { authorization });
    const { state, code, data } = reply.json();
    assert.deepEqual([reply.status, state, code, data], [200, false, 980006, []]);
  });
});
