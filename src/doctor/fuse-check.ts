import type { Config } from '../config/config.js';
import type { Finding } from '../lib/doctor-protocol.js';
import { findingsOf } from './findings.js';
import { codeOf, type Machine, wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('fuse');

const DEVICE = '/dev/fuse';
const SETTINGS = '/etc/fuse.conf';
const HELPERS = ['/usr/bin/fusermount3', '/bin/fusermount3', '/usr/local/bin/fusermount3'];
const SETUID = 0o4000;

/** Whether this user can mount at all, and for others. `config` is null when it could not be read. */
export async function checkFuse(machine: Machine, config: Config | null): Promise<readonly Finding[]> {
  return [
    await checkDevice(machine),
    await checkHelper(machine),
    ...(config === null ? [] : [await checkOthers(machine, config)]),
  ];
}

async function checkDevice(machine: Machine): Promise<Finding> {
  try {
    await machine.mayUse(DEVICE);
    return ok(DEVICE, 'is there and open to this user');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      const advice =
        'load the kernel module: sudo modprobe fuse; in a container: --device /dev/fuse --cap-add SYS_ADMIN';
      return fail(DEVICE, 'is missing', advice);
    }
    const advice = 'sudo chmod 666 /dev/fuse; in a container: --device /dev/fuse --cap-add SYS_ADMIN';
    return fail(DEVICE, `is closed to this user: ${wordsOf(error)}`, advice);
  }
}

async function checkHelper(machine: Machine): Promise<Finding> {
  const advice = 'on Debian and Ubuntu: sudo apt install fuse3';
  let version: string;
  try {
    version = await machine.run('fusermount3', ['--version']);
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT';
    return fail('fusermount3', isMissing ? 'is missing' : `does not work: ${wordsOf(error)}`, advice);
  }
  if (machine.uid === 0 || (await isPrivileged(machine))) return ok('fusermount3', version);
  return warn(
    'fusermount3',
    'is not setuid: only root can mount',
    'sudo chmod u+s "$(command -v fusermount3)"',
  );
}

async function isPrivileged(machine: Machine): Promise<boolean> {
  const found = await Promise.all(HELPERS.map((path) => machine.stat(path).catch(() => null)));
  const known = found.filter((one) => one !== null);
  return known.length === 0 || known.some(({ mode }) => (mode & SETUID) !== 0);
}

async function checkOthers(machine: Machine, { mounts }: Config): Promise<Finding> {
  const wanted = mounts.filter(({ allowOther }) => allowOther);
  if (wanted.length === 0) return ok(SETTINGS, 'no mount is for other users');
  const text = await machine.read(SETTINGS).catch(() => '');
  const isAllowed = text.split('\n').some((line) => line.trim() === 'user_allow_other');
  if (isAllowed) return ok(SETTINGS, 'other users may be let in (user_allow_other)');
  return fail(
    SETTINGS,
    `${wanted.map(({ path }) => path).join(', ')} cannot be mounted for other users`,
    'add the line user_allow_other to /etc/fuse.conf, or set allowOther: false',
  );
}
