import type { CheckName, Finding, FindingLevel } from '../lib/doctor-protocol.js';

type Tell = (subject: string | null, message: string, advice?: string | null) => Finding;

/** Tells what one check has found. */
export interface Findings {
  readonly ok: (subject: string | null, message: string) => Finding;
  readonly warn: Tell;
  readonly fail: Tell;
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
