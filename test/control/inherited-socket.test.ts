import assert from 'node:assert/strict';
import { inheritedSocket } from '../../src/control/inherited-socket.js';

describe('inherited socket', () => {
  const given = { LISTEN_PID: '4242', LISTEN_FDS: '1', LISTEN_FDNAMES: 'panfuse.socket', HOME: '/root' };

  it('is the first one after standard error, when systemd means this process', () => {
    assert.deepEqual(inheritedSocket({ ...given }, 4242), { descriptor: 3 });
  });

  it('is none when there is nothing of it, or another process is meant', () => {
    assert.equal(inheritedSocket({ HOME: '/root' }, 4242), null);
    assert.equal(inheritedSocket({ ...given }, 4243), null);
    assert.equal(inheritedSocket({ ...given, LISTEN_FDS: '0' }, 4242), null);
    assert.equal(inheritedSocket({ ...given, LISTEN_FDS: 'x' }, 4242), null);
  });

  it('is not told of to the programs that this one starts', () => {
    const variables: Record<string, string | undefined> = { ...given };
    inheritedSocket(variables, 4243);
    assert.deepEqual(variables, { HOME: '/root' });
  });
});
