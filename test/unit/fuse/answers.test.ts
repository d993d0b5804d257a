import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { Answers, type Request } from '../../../src/fuse/answers.js';
import { FsError, notFound } from '../../../src/lib/errors.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeEnv } from '../../fakes/fake-env.js';

const REQUEST: Request = { operation: 'getattr', path: '/film.mkv', urgency: 'lookup', deadline: 125_000 };
const { errno } = constants;

function subject() {
  const env = fakeEnv();
  const replies: unknown[][] = [];
  return {
    env,
    replies,
    answers: new Answers(env),
    reply: (...reply: unknown[]) => void replies.push(reply),
  };
}

describe('Answers', () => {
  it('reply carries what the work gave', async () => {
    const { answers, replies, reply, env } = subject();
    answers.answer(REQUEST, () => Promise.resolve(7), reply);
    await settle();
    assert.deepEqual(replies, [[0, 7]]);
    assert.equal(env.clock.waiting, 0);
  });

  it('reply carries the errno of an FsError', async () => {
    const { answers, replies, reply } = subject();
    answers.answer(REQUEST, () => Promise.reject(new FsError('ESTALE', 'changed')), reply);
    await settle();
    assert.deepEqual(replies, [[-errno.ESTALE]]);
  });

  it('reply is EIO when the work throws anything else, before or after it began to wait', async () => {
    const { answers, replies, reply } = subject();
    answers.answer(
      REQUEST,
      () => {
        throw new TypeError('a bug');
      },
      reply,
    );
    answers.answer(REQUEST, () => Promise.reject(new TypeError('a bug')), reply);
    await settle();
    assert.deepEqual(replies, [[-errno.EIO], [-errno.EIO]]);
  });

  it('reply is ETIMEDOUT at the deadline, once, and the work is told to stop', async () => {
    const { answers, replies, reply, env } = subject();
    let finish: (value: number) => void = () => undefined;
    const signals: AbortSignal[] = [];
    const work = new Promise<number>((resolve) => {
      finish = resolve;
    });
    answers.answer(
      REQUEST,
      ({ signal }) => {
        signals.push(signal);
        return work;
      },
      reply,
    );
    await env.clock.advance(124_999);
    assert.deepEqual(replies, []);
    assert.deepEqual(answers.pending(), [{ operation: 'getattr', path: '/film.mkv', waiting: 124_999 }]);
    await env.clock.advance(1);
    finish(7);
    await settle();
    assert.deepEqual(replies, [[-errno.ETIMEDOUT]]);
    assert.equal(signals[0]?.aborted, true);
    assert.deepEqual(answers.pending(), []);
  });

  it('abort answers everything that waits', async () => {
    const { answers, replies, reply } = subject();
    for (let index = 0; index < 3; index += 1) {
      answers.answer(REQUEST, () => new Promise<never>(() => undefined), reply);
    }
    answers.abort(new FsError('EIO', 'unmounting', { expected: true }));
    await settle();
    assert.deepEqual(replies, [[-errno.EIO], [-errno.EIO], [-errno.EIO]]);
  });

  it('log has one line for a failure, quiet for what is normal life', async () => {
    const { answers, reply, env } = subject();
    answers.answer(REQUEST, () => Promise.reject(notFound('/film.mkv')), reply);
    answers.answer(REQUEST, () => Promise.reject(new FsError('EACCES', 'log in again')), reply);
    await settle();
    assert.deepEqual(
      env.log.lines.map(({ level, message, fields }) => [
        level,
        message,
        fields['operation'],
        fields['path'],
      ]),
      [
        ['debug', '/film.mkv: no such file or directory', 'getattr', '/film.mkv'],
        ['warn', 'log in again', 'getattr', '/film.mkv'],
      ],
    );
  });

  it('counts requests by operation, and failures but for what is normal life', async () => {
    const { answers, reply } = subject();
    answers.answer(REQUEST, () => Promise.reject(notFound('/film.mkv')), reply);
    answers.answer(REQUEST, () => Promise.reject(new FsError('EACCES', 'log in again')), reply);
    answers.answer({ ...REQUEST, operation: 'read' }, () => Promise.resolve(1), reply);
    await settle();
    assert.deepEqual(Object.fromEntries(answers.counts()), {
      getattr: { requests: 2, failures: 1 },
      read: { requests: 1, failures: 0 },
    });
  });
});
