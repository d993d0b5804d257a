/**
 * Loaded before the daemon (node --import): counts the kernel's requests by operation. SIGUSR2 writes the
 * counts to the file PANFUSE_BENCH_COUNTS. With PANFUSE_BENCH_BARE_NAMES directory entries go out without
 * attributes, which is all that the kernel gets from a binding without the patch.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const target = process.env.PANFUSE_BENCH_COUNTS;
const bareNames = process.env.PANFUSE_BENCH_BARE_NAMES !== undefined;
const require = createRequire(process.argv[1]);
const Fuse = require('fuse-native');
const counts = {};

function counted(operations) {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (...parameters) => {
        counts[name] = (counts[name] ?? 0) + 1;
        if (bareNames && name === 'readdirPaged') parameters.push(withoutAttributes(parameters.pop()));
        return operation(...parameters);
      },
    ]),
  );
}

function withoutAttributes(reply) {
  return (error, names, attributes, offsets) => reply(error, names, [], offsets);
}

const { mount } = Fuse.prototype;
Fuse.prototype.mount = function mountCounted(...parameters) {
  this.ops = counted(this.ops);
  return mount.apply(this, parameters);
};

process.on('SIGUSR2', () => {
  writeFileSync(`${target}.new`, JSON.stringify(counts));
  renameSync(`${target}.new`, target);
});
