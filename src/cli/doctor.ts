import { FsError, type ErrnoName, type FailureReason, toFsError } from '../lib/errors.js';
import type { CheckName, Finding, FindingLevel } from '../lib/doctor-protocol.js';
import { exitCodeOf } from './exit-codes.js';
import type { Colour, Output } from './output.js';
import type { Session } from './session.js';
import { countOf } from './words.js';

/** How long a daemon may take to look at everything, in milliseconds. */
const PATIENCE = 20_000;

/** Letters of the longest level. */
const LEVEL = 4;

const COLOURS: Readonly<Record<FindingLevel, Colour>> = { ok: 'green', warn: 'yellow', fail: 'red' };

/** What a failure is for scripts; anything else is exit code 1. */
const MEANING: Readonly<Partial<Record<CheckName, readonly [ErrnoName, FailureReason]>>> = {
  config: ['EINVAL', 'other'],
  login: ['EACCES', 'login'],
  dns: ['EIO', 'network'],
  cloud: ['EIO', 'network'],
};

/** `panfuse doctor`: with a daemon or without one. */
export async function callDoctor(session: Session): Promise<void> {
  const findings = await find(session);
  session.output.result(findings, describe(findings, session.output));
  const failed = findings.find(({ level }) => level === 'fail');
  if (failed === undefined) return;
  const [errno, reason] = MEANING[failed.check] ?? ['EIO', 'other'];
  session.endWith(exitCodeOf(new FsError(errno, failed.message, { reason })));
}

async function find(session: Session): Promise<readonly Finding[]> {
  const { terminal, options, signal } = session;
  const control = await session.control();
  const silent = new AbortController();
  const late = new FsError('ETIMEDOUT', 'the daemon does not answer', { reason: 'daemon' });
  const timer = terminal.clock.after(PATIENCE, () => silent.abort(late));
  try {
    return await control.call('GET /v1/doctor', {}, { signal: AbortSignal.any([signal, silent.signal]) });
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toFsError(thrown);
    const { examineAlone } = await import('../daemon/doctor.js');
    const findings = await examineAlone(options.config, terminal.host, control.path);
    return error.errno === 'ENOENT' && error.reason === 'daemon' ? findings : [unheard(error), ...findings];
  } finally {
    timer.cancel();
  }
}

/** There is a daemon, and it cannot be asked. */
function unheard({ message }: FsError): Finding {
  const advice = 'look at its log (journalctl -u panfuse); run this as its user';
  return { check: 'daemon', subject: null, level: 'fail', message, advice };
}

function describe(findings: readonly Finding[], output: Output): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ level, check, subject, message, advice }) => [
    [
      output.paint(COLOURS[level], level.padEnd(LEVEL)),
      check.padEnd(width),
      subject === null ? message : `${subject}: ${message}`,
    ].join('  '),
    ...(advice === null ? [] : [`${' '.repeat(LEVEL)}  → ${advice}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (level: FindingLevel): number => findings.filter((finding) => finding.level === level).length;
  const [warned, failed] = [count('warn'), count('fail')];
  if (warned + failed === 0) return `All is well: ${countOf(findings.length, 'check')}.`;
  return `${countOf(findings.length, 'check')}: ${countOf(failed, 'failure')}, ${countOf(warned, 'warning')}.`;
}
