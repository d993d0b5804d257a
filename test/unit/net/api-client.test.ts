import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Call } from '../../../src/lib/call.js';
import { FsError } from '../../../src/lib/errors.js';
import type { ObservedCall } from '../../../src/net/api-call.js';
import {
  ApiClient,
  type ApiReply,
  type ApiRequest,
  type Authorization,
  type Verdict,
} from '../../../src/net/api-client.js';
import { judgeStatus } from '../../../src/net/http-verdict.js';
import { Pacer } from '../../../src/net/pacer.js';
import {
  createTransport,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from '../../../src/net/transport.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeEnv, type FakeEnv } from '../../fakes/fake-env.js';
import { Loopback, type Seen } from './loopback.js';

/** A login whose token is a number that each renewal raises. */
class CountingLogin implements Authorization {
  version = 1;
  renewals = 0;
  readonly #renewable: boolean;

  constructor(renewable = true) {
    this.#renewable = renewable;
  }

  headers(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve({ Authorization: `Bearer ${this.version}` });
  }

  renew(refused: Readonly<Record<string, string>>): Promise<void> {
    this.renewals += 1;
    if (this.#renewable && refused['Authorization'] === `Bearer ${this.version}`) this.version += 1;
    return Promise.resolve();
  }
}

function judge(reply: ApiReply): Verdict {
  const byStatus = judgeStatus(reply);
  if (byStatus.kind !== 'ok') return byStatus;
  const { code, message = '' } = reply.json as { code?: number; message?: string };
  if (code === 770004) return { kind: 'throttled', wait: null, message };
  if (code === 401) return { kind: 'unauthorized', message };
  if (code === 20018) return { kind: 'failed', error: new FsError('ENOENT', message, { reason: 'gone' }) };
  return { kind: 'ok' };
}

/** Knows whether a request is on its way. */
class ObservedTransport implements Transport {
  underWay = 0;
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.underWay += 1;
    try {
      const response = await this.#inner.request(request);
      const { status, headers, url, body } = response;
      const text = await response.text();
      const discard = (): Promise<void> => response.discard();
      return { status, headers, url, body, text: () => Promise.resolve(text), discard };
    } finally {
      this.underWay -= 1;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

type Answer = (response: ServerResponse, seen: Seen, count: number) => void;

describe('API client', () => {
  let env: FakeEnv;
  let transport: ObservedTransport;
  let pacer: Pacer;
  let server: Loopback;
  let answer: Answer;
  let observed: string[];

  beforeEach(async () => {
    env = fakeEnv();
    observed = [];
    transport = new ObservedTransport(createTransport(env));
    const counters = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
    pacer = new Pacer(env, 'main', counters, { perSecond: 100, burst: 100, perDay: 1000 });
    answer = json({ code: 0 });
    server = await Loopback.start((_request, response) => {
      const count = server.seen.length;
      answer(response, server.seen[count - 1] ?? assert.fail(), count);
    });
  });

  afterEach(async () => {
    await pacer.flush();
    await transport.close();
    await server.stop();
  });

  function client(authorization?: Authorization): ApiClient {
    const observe = ({ name, outcome }: ObservedCall): void => void observed.push(`${name} ${outcome}`);
    const given = authorization === undefined ? {} : { authorization };
    const parts = { transport, pacer, judge, observe, ...given };
    return new ApiClient(env, parts);
  }

  function request(more: Partial<ApiRequest> = {}): ApiRequest {
    return {
      name: 'list',
      method: 'GET',
      url: server.url('/list'),
      call: callOf(),
      repeatable: true,
      ...more,
    };
  }

  function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
    return (response) => response.writeHead(status, headers).end(JSON.stringify(value));
  }

  /** Moves time on until the outcome is there, but lets it stand while a real socket is at work. */
  async function passTime<T>(work: Promise<T>, step = 100): Promise<T> {
    const state = { over: false };
    const end = (): void => {
      state.over = true;
    };
    work.then(end, end);
    while (!state.over) {
      if (transport.underWay > 0) await settle();
      else await env.clock.advance(step);
    }
    return await work;
  }

  it('tells whoever counts the outcome of every exchange', async () => {
    const outcomes: readonly Answer[] = [
      json({ code: 770004 }),
      (response) => response.destroy(),
      json({ code: 401 }),
      json({ code: 0 }),
    ];
    answer = (response, seen, count) => (outcomes[count - 1] ?? assert.fail())(response, seen, count);
    const patient = request({ call: callOf('background') });
    await passTime(client(new CountingLogin()).send(patient), 1000);
    assert.deepEqual(observed, ['list throttled', 'list temporary', 'list unauthorized', 'list ok']);
  });

  it('sends query, form and headers and reads long integers exactly', async () => {
    answer = (response) => response.end('{"id": 2849501234567890123, "size": 12}');
    const reply = await client(new CountingLogin()).send(
      request({
        method: 'POST',
        query: { cid: '0', limit: 5 },
        form: { a: 'x y', b: 1 },
        headers: { 'X-A': 'b' },
      }),
    );
    assert.deepEqual(reply.json, { id: '2849501234567890123', size: 12 });
    const seen = server.seen[0] ?? assert.fail();
    assert.deepEqual([seen.method, seen.path, seen.body], ['POST', '/list?cid=0&limit=5', 'a=x+y&b=1']);
    assert.deepEqual([seen.headers['x-a'], seen.headers.authorization], ['b', 'Bearer 1']);
  });

  it('reads compressed replies', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"code":0,"data":"文"}'));
    };
    assert.deepEqual((await client().send(request())).json, { code: 0, data: '文' });
  });

  it('gives the judge what is not JSON as text', async () => {
    answer = (response) => response.writeHead(200).end(`<html>${'x'.repeat(5000)}`);
    const judged: ApiReply[] = [];
    const accept = (reply: ApiReply): Verdict => {
      judged.push(reply);
      return { kind: 'ok' };
    };
    const reply = await new ApiClient(env, { transport, pacer, judge: accept }).send(request());
    assert.deepEqual(judged, [reply]);
    assert.equal(reply.json, undefined);
    assert.equal(reply.text.length, 1024);
  });

  it('rejects with the error of the judge at once', async () => {
    answer = json({ code: 20018, message: 'gone' });
    await assert.rejects(client().send(request()), { name: 'FsError', errno: 'ENOENT', message: 'gone' });
    assert.equal(server.seen.length, 1);
  });

  it('logs name, status and time, never addresses, headers or bodies', async () => {
    const secret = {
      query: { token: 'secret-q' },
      form: { password: 'secret-f' },
      headers: { cookie: 'secret-c' },
    };
    await client().send(request({ ...secret, method: 'POST' }));
    answer = (response) => response.socket?.destroy();
    await assert.rejects(client().send(request({ ...secret, method: 'POST', repeatable: false })));
    assert.equal(env.log.lines.length, 2);
    assert.deepEqual(env.log.lines[0]?.fields, { call: 'list', ms: 0, status: 200 });
    assert.doesNotMatch(JSON.stringify(env.log.lines), /secret/);
  });

  describe('repetition', () => {
    it('happens with growing pauses for what is harmless to repeat', async () => {
      const times: number[] = [];
      answer = (response, seen, count) => {
        times.push(env.clock.monotonic());
        json(count < 4 ? {} : { code: 0 }, count < 4 ? 502 : 200)(response, seen, count);
      };
      await passTime(client().send(request()), 10);
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      assert.equal(pauses.length, 3);
      pauses.forEach((pause, index) => {
        const full = 500 * 2 ** index;
        assert.ok(pause >= full / 2 && pause <= full + 20, `pause ${index + 1} was ${pause} ms`);
      });
    });

    it('ends after four attempts with the last error', async () => {
      answer = json({}, 503);
      await assert.rejects(passTime(client().send(request())), {
        name: 'FsError',
        message: 'HTTP status 503',
      });
      assert.equal(server.seen.length, 4);
    });

    it('follows a lost answer only when it is harmless', async () => {
      answer = (response, seen, count) => {
        if (count === 1) response.socket?.destroy();
        else json({ code: 0 })(response, seen, count);
      };
      await passTime(client().send(request()));
      assert.equal(server.seen.length, 2);
      server.seen.length = 0;
      await assert.rejects(client().send(request({ repeatable: false })), {
        errno: 'EIO',
        reason: 'network',
      });
      assert.equal(server.seen.length, 1);
    });

    it('follows an answer that is cut in the middle', async () => {
      answer = (response, _seen, count) => {
        response.writeHead(200, { 'content-length': '10' });
        if (count === 1) response.write('{"c', () => response.socket?.destroy());
        else response.end('{"code":0}');
      };
      await passTime(client().send(request()));
      assert.equal(server.seen.length, 2);
    });

    it('follows a refused connection always: nothing was sent', async () => {
      const nobody = await Loopback.start(() => undefined);
      const url = nobody.url();
      await nobody.stop();
      await assert.rejects(
        passTime(client().send(request({ url, repeatable: false }))),
        /refuses connections/,
      );
      assert.equal(pacer.state().calls.today, 4);
    });

    it('is paced and signed anew', async () => {
      const login = new CountingLogin();
      answer = (response, seen, count) => {
        login.version += 1;
        json({}, 503)(response, seen, count);
      };
      await assert.rejects(passTime(client(login).send(request())), { message: 'HTTP status 503' });
      const tokens = server.seen.map((seen) => seen.headers.authorization);
      assert.deepEqual(tokens, ['Bearer 1', 'Bearer 2', 'Bearer 3', 'Bearer 4']);
      assert.equal(pacer.state().calls.today, 4);
    });

    it('stops when the call is aborted', async () => {
      answer = json({}, 503);
      const abort = new AbortController();
      const reason = new Error('nobody waits');
      const sent = assert.rejects(client().send(request({ call: callOf('lookup', abort.signal) })), reason);
      // The pause before the second try.
      while (server.seen.length === 0 || env.clock.waiting < 1) await env.clock.advance(0);
      abort.abort(reason);
      await sent;
      await env.clock.advance(60_000);
      assert.equal(server.seen.length, 1);
    });
  });

  describe('login', () => {
    function only(token: string): Answer {
      return (response, seen, count) => {
        json({ code: seen.headers.authorization === token ? 0 : 401, message: 'expired' })(
          response,
          seen,
          count,
        );
      };
    }

    it('is renewed once and the call repeated once', async () => {
      answer = only('Bearer 2');
      const login = new CountingLogin();
      await client(login).send(request({ repeatable: false }));
      assert.equal(login.renewals, 1);
      assert.equal(server.seen.length, 2);
    });

    it('that stays refused ends in EACCES', async () => {
      answer = json({}, 401);
      const login = new CountingLogin();
      const expected = { name: 'FsError', errno: 'EACCES', reason: 'login' };
      await assert.rejects(client(login).send(request()), expected);
      assert.deepEqual([login.renewals, server.seen.length], [1, 2]);
      await assert.rejects(client().send(request()), expected);
      await assert.rejects(client(login).send(request({ authorized: false })), expected);
      assert.equal(login.renewals, 1);
    });

    it('refused to many calls at once is asked for once by each, and all succeed', async () => {
      answer = only('Bearer 2');
      const login = new CountingLogin();
      const api = client(login);
      await Promise.all(Array.from({ length: 20 }, () => passTime(api.send(request()))));
      assert.ok(login.renewals >= 1 && login.renewals <= 20);
      assert.equal(login.version, 2);
      assert.equal(server.seen.length, 20 + login.renewals);
    });

    it('that cannot be renewed rejects with the error of the renewal', async () => {
      answer = json({}, 401);
      const lost = new FsError('EACCES', 'log in again', { reason: 'login' });
      const login: Authorization = {
        headers: () => Promise.resolve({}),
        renew: () => Promise.reject(lost),
      };
      await assert.rejects(client(login).send(request()), lost);
      assert.equal(server.seen.length, 1);
    });

    it('is left out where a call needs none', async () => {
      await client(new CountingLogin()).send(request({ authorized: false, paced: false }));
      assert.equal(server.seen[0]?.headers.authorization, undefined);
      assert.equal(pacer.state().calls.today, 0);
    });
  });

  describe('refusals', () => {
    const reader = (): Call => callOf('reader');

    it('pause every call and then repeat it, even what is not repeatable', async () => {
      const times: number[] = [];
      answer = (response, seen, count) => {
        times.push(env.clock.monotonic());
        json(count === 1 ? { code: 770004, message: '访问上限' } : { code: 0 })(response, seen, count);
      };
      await passTime(client().send(request({ call: reader(), repeatable: false })), 1000);
      assert.equal(times.length, 2);
      assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 60_000);
    });

    it('by status 429 wait as long as the headers say, whatever the judge thinks', async () => {
      answer = json({}, 429, { 'x-ratelimit-reset': '7' });
      const parts = { transport, pacer, judge: (): Verdict => ({ kind: 'ok' }) };
      const abort = new AbortController();
      const sent = new ApiClient(env, parts).send(request({ call: callOf('reader', abort.signal) }));
      const rejected = assert.rejects(sent, { name: 'AbortError' });
      while (pacer.state().throttle === null) await env.clock.advance(0);
      assert.equal((pacer.state().throttle?.until ?? 0) - env.clock.now(), 7000);
      abort.abort();
      await rejected;
    });

    it('fail a lookup at once when the pause is long', async () => {
      answer = json({ code: 770004, message: '访问上限' });
      const expected = { name: 'FsError', errno: 'ETIMEDOUT', reason: 'throttle', message: /访问上限/ };
      await assert.rejects(client().send(request({ call: callOf('lookup') })), expected);
      await assert.rejects(client().send(request({ call: callOf('lookup') })), expected);
      assert.equal(server.seen.length, 1);
    });

    it('end after three rounds', async () => {
      answer = json({ code: 770004, message: '' });
      await assert.rejects(passTime(client().send(request({ call: callOf('background') })), 10_000), {
        name: 'FsError',
        errno: 'ETIMEDOUT',
        reason: 'throttle',
      });
      assert.equal(server.seen.length, 4);
    });

    it('of an unpaced call are told at once and pause nobody', async () => {
      answer = json({ code: 770004, message: 'busy' });
      const sent = client().send(request({ paced: false }));
      await assert.rejects(sent, { errno: 'ETIMEDOUT', reason: 'throttle', message: /busy/ });
      assert.equal(pacer.state().throttle, null);
    });

    it('leave the way open after a call that got no answer', async () => {
      answer = (response, seen, count) => {
        if (count === 1) json({ code: 770004 })(response, seen, count);
        else if (count === 2) response.socket?.destroy();
        else json({ code: 0 })(response, seen, count);
      };
      await passTime(client().send(request({ call: callOf('background') })), 1000);
      assert.equal(server.seen.length, 3);
      await client().send(request());
    });
  });
});
