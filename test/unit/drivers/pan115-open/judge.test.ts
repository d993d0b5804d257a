import assert from 'node:assert/strict';
import { cloudCode } from '../../../../src/drivers/pan115-open/errors.js';
import { judge } from '../../../../src/drivers/pan115-open/judge.js';
import type { ApiReply, ApiRequest, Verdict } from '../../../../src/net/api-client.js';
import { callOf } from '../../../fakes/calls.js';
import { type Answer, good, pair, refusal } from './scripted-cloud.js';

const NOW = Date.UTC(2026, 0, 1);

function verdictOf(answer: Answer, name = 'ufile/files', form: 'resource' | 'login' = 'resource'): Verdict {
  const reply: ApiReply = {
    status: answer.status ?? 200,
    headers: new Headers(answer.headers),
    json: answer.json,
    text: answer.text ?? JSON.stringify(answer.json),
  };
  const authorized = form === 'resource';
  const request: ApiRequest = {
    name,
    method: 'GET',
    url: 'https://x',
    call: callOf(),
    repeatable: true,
    authorized,
  };
  return judge(reply, request, NOW);
}

/** `kind`, or `kind errno reason`. */
function short(verdict: Verdict): string {
  if (!('error' in verdict)) return verdict.kind;
  return `${verdict.kind} ${verdict.error.errno} ${verdict.error.reason}`;
}

describe('115 Open judge of resource calls', () => {
  for (const [name, answer, expected] of [
    ['success', good([]), 'ok'],
    ['success in text', { json: { state: 'true', code: '0' } }, 'ok'],
    ['success without a code', { json: { state: 1 } }, 'ok'],
    ['code 99 with state true', { json: { state: true, code: 99 } }, 'unauthorized'],
    ['a code that is not 0 with state true', { json: { state: true, code: 430004 } }, 'failed ENOENT gone'],
    ['a code that cannot be read', { json: { state: true, code: {} } }, 'failed EIO refused'],
    ['the silent refusal', { json: { state: false, code: 0, message: '', data: [] } }, 'throttled'],
    ['a refusal with text only', { json: { state: false, code: 0, message: '不行' } }, 'failed EIO refused'],
    ['a throttle told by its text', { json: { state: false, message: '已达到当前访问上限' } }, 'throttled'],
    ['an unknown code', refusal(123456, 'what'), 'failed EIO refused'],
    ['an object of another kind', { json: { hello: 1 } }, 'failed EIO reply'],
    ['JSON that is no object', { json: [1] }, 'failed EIO reply'],
    ['HTTP 401', { status: 401, json: { state: false } }, 'unauthorized'],
    ['HTTP 401 without JSON', { status: 401, text: 'no' }, 'unauthorized'],
    ['HTTP 404 without JSON', { status: 404, text: 'no such page' }, 'failed EIO refused'],
    ['HTTP 405', { status: 405, text: '<html>blocked</html>' }, 'throttled'],
    ['HTTP 429', { status: 429, text: '' }, 'throttled'],
    ['a page with HTTP 200', { text: '<!doctype html><p>wait</p>' }, 'throttled'],
    ['an empty answer', { text: '' }, 'throttled'],
    ['HTTP 403 with a page', { status: 403, text: '<html></html>' }, 'throttled'],
    ['HTTP 502', { status: 502, text: '<html>bad gateway</html>' }, 'temporary EIO network'],
    ['HTTP 503 that asks to wait', { status: 503, text: '', headers: { 'retry-after': '9' } }, 'throttled'],
    ['HTTP 500 with an empty envelope', { status: 500, json: { state: false } }, 'temporary EIO network'],
    ['HTTP 500 with a code', { status: 500, ...refusal(20009, 'x') }, 'failed ENOENT gone'],
  ] as const) {
    it(`judges ${name}`, () => {
      assert.equal(short(verdictOf(answer)), expected);
    });
  }

  for (const [codes, expected] of [
    [[406, 911, 590075, 770004, 40101004, 40140117], 'throttled'],
    [
      [99, 990001, 40101032, 40140116, 40140119, 40140120, 40140123, 40140124, 40140125, 40140126],
      'unauthorized',
    ],
    [[990003], 'temporary EIO throttle'],
    [[40110000, 40140121], 'temporary EIO refused'],
    [[990005, 990009, 990019], 'temporary EBUSY throttle'],
    [
      [20009, 20013, 20018, 31003, 50001, 50003, 50015, 70005, 70008, 90008, 231011, 430004, 800001],
      'failed ENOENT gone',
    ],
    [[20004, 21003], 'failed EEXIST refused'],
    [[50038, 320001, 40140110], 'failed EACCES refused'],
    [[50028], 'failed EFBIG refused'],
    [[91005], 'failed ENOSPC refused'],
    [[2, 10010], 'failed EDQUOT refused'],
    [[20002], 'failed ENAMETOOLONG refused'],
    [[1001, 990002, 20001, 20003, 91002, 800006], 'failed EINVAL refused'],
    [[31004, 70004, 980006], 'failed EIO refused'],
  ] as const) {
    it(`judges ${codes.join(', ')} as ${expected}`, () => {
      for (const code of codes) assert.equal(short(verdictOf(refusal(code, 'x'))), expected, String(code));
      for (const code of codes) {
        const byErrno = verdictOf({ json: { state: false, code: 0, errno: String(code), error: 'x' } });
        assert.equal(short(byErrno), expected, `errno ${code}`);
      }
    });
  }

  it('passes on what the cloud said, with its code', () => {
    const verdict = verdictOf(refusal(20004, '该目录名称已存在。'));
    assert.ok(verdict.kind === 'failed');
    assert.equal(
      verdict.error.message,
      '115 Open: ufile/files: the name exists already (115 says: 该目录名称已存在。, code 20004)',
    );
    assert.equal(cloudCode(verdict.error), 20004);
  });

  it('shows the words of a page without its markup', () => {
    const text = '<html><style>p{}</style><title>405</title><p>Sorry,\n blocked</p></html>';
    const verdict = verdictOf({ status: 405, text });
    assert.ok(verdict.kind === 'throttled');
    assert.equal(verdict.message, 'HTTP 405: 405 Sorry, blocked');
  });

  for (const [headers, wait] of [
    [{ 'X-RateLimit-Reset': '60' }, 65_000],
    [{ 'X-RateLimit-Reset': String(NOW / 1000 + 30) }, 35_000],
    [{ 'Retry-After': '7' }, 12_000],
    [{ 'Retry-After': new Date(NOW + 10_000).toUTCString() }, 15_000],
    [{}, null],
  ] as const) {
    it(`waits as long as ${JSON.stringify(headers)} says and a little more`, () => {
      assert.deepEqual(verdictOf({ status: 429, text: '', headers }), {
        kind: 'throttled',
        wait,
        message: 'HTTP 429',
      });
    });
  }
});

describe('115 Open judge of login calls', () => {
  for (const [name, answer, expected] of [
    ['a token pair', pair('a'), 'ok'],
    ['a bare token pair', { json: { access_token: 'a', refresh_token: 'r', expires_in: 1 } }, 'ok'],
    [
      'an error text with code 0',
      { json: { state: 1, code: 0, message: '', data: {}, error: 'refresh token error', errno: 0 } },
      'failed EACCES login',
    ],
    ['a failed state with text', { json: { state: 0, code: 0, error: 'what' } }, 'failed EIO refused'],
    ['a page', { status: 405, text: '<html></html>' }, 'failed ETIMEDOUT throttle'],
    ['HTTP 429', { status: 429, text: '' }, 'failed ETIMEDOUT throttle'],
    ['HTTP 500', { status: 500, text: '' }, 'temporary EIO network'],
    ['an answer of another shape', { json: [] }, 'failed EIO reply'],
  ] as const) {
    it(`judges ${name}`, () => {
      assert.equal(short(verdictOf(answer, 'refreshToken', 'login')), expected);
    });
  }

  for (const [codes, expected] of [
    [[40140114, 40140115, 40140116, 40140119, 40140120], 'failed EACCES login'],
    [[40140117], 'failed ETIMEDOUT throttle'],
    [[40140121, 40110000], 'temporary EIO refused'],
    [[40140100, 40140106, 40140110, 40140122, 40140133], 'failed EACCES refused'],
  ] as const) {
    it(`judges ${codes.join(', ')} as ${expected}`, () => {
      for (const code of codes) {
        assert.equal(short(verdictOf(refusal(code, 'x', 'login'), 'refreshToken', 'login')), expected);
      }
    });
  }

  it('tells a third login, a revoked one, a used token and an expired one apart', () => {
    const words = [40140116, 40140119, 40140120].map((code) => {
      const verdict = verdictOf(refusal(code, 'no auth', 'login'), 'refreshToken', 'login');
      return verdict.kind === 'failed' ? verdict.error.message : '';
    });
    assert.match(words[0] ?? '', /third login of the same app .* device list.*no auth, code 40140116/);
    assert.match(words[1] ?? '', /has expired/);
    assert.match(words[2] ?? '', /used elsewhere/);
  });

  it('takes a scan status without state for an answer, not for a refusal', () => {
    const answer = { json: { state: 0, code: 0, message: '', data: {} } };
    assert.equal(short(verdictOf(answer, 'get/status', 'login')), 'ok');
    assert.notEqual(short(verdictOf(answer, 'refreshToken', 'login')), 'ok');
  });

  it('never repeats an answer that may hold a token', () => {
    const secret = 'very-secret-token';
    for (const json of [[secret], { data: { access_token: secret } }]) {
      const verdict = verdictOf({ json }, 'refreshToken', 'login');
      assert.doesNotMatch(
        JSON.stringify(verdict) + ('error' in verdict ? verdict.error.message : ''),
        /secret/,
      );
    }
  });
});
