import assert from 'node:assert/strict';
import { originOf, parseListenAddress } from '../../../src/lib/listen-address.js';

describe('listen address', () => {
  const right: readonly (readonly [string, string, number, string | null])[] = [
    ['127.0.0.1:8115', '127.0.0.1', 8115, 'http://127.0.0.1:8115'],
    ['[::1]:8115', '::1', 8115, 'http://[::1]:8115'],
    ['nas.local:80', 'nas.local', 80, 'http://nas.local:80'],
    ['0.0.0.0:8115', '0.0.0.0', 8115, null],
    ['[::]:0', '::', 0, null],
  ];
  for (const [text, host, port, origin] of right) {
    it(`${text} is reached at ${String(origin)}`, () => {
      assert.deepEqual(parseListenAddress(text), { host, port });
      assert.equal(originOf({ host, port }), origin);
    });
  }

  for (const text of [
    '8115',
    ':8115',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:8115',
    'a:b:1',
    '127.0.0.1:70000',
    'a b:1',
  ]) {
    it(`${text} is none`, () => assert.equal(parseListenAddress(text), null));
  }
});
