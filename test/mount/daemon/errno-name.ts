import { constants } from 'node:os';

/** The name of a system error's errno; Node has no name for some (ESTALE comes as UNKNOWN). */
export function errnoName(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException;
  const name = Object.entries(constants.errno).find(([, value]) => value === -(errno ?? 0))?.[0];
  return name ?? code ?? String(error);
}
