import type { CheckName, Finding, FindingLevel } from '../lib/doctor-protocol.js';

/** Tells what one check has found. */
export interface Findings {
  ok(subject: string | null, message: string): Finding;
  warn(subject: string | null, message: string, advice?: string | null): Finding;
  fail(subject: string | null, message: string, advice?: string | null): Finding;
}

/** The findings of a check. */
export function findingsOf(check: CheckName): Findings {
  const tell = (
    level: FindingLevel,
    subject: string | null,
    message: string,
    advice: string | null = null,
  ): Finding => ({ check, subject, level, message, advice });
  return {
    ok: (subject, message) => tell('ok', subject, message),
    warn: (subject, message, advice) => tell('warn', subject, message, advice),
    fail: (subject, message, advice) => tell('fail', subject, message, advice),
  };
}
