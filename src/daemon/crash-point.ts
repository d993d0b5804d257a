import { writeSync } from 'node:fs';

/**
 * The checkpoint of a process under a crash test: at the named point it says so on standard error and then
 * never goes on, so that the test can kill it there. Without a name, which is always so in production, it does nothing.
 */
export function crashPoint(stopAt: string | undefined): (name: string) => Promise<void> {
  return (name) => {
    if (name !== stopAt) return Promise.resolve();
    writeSync(2, `checkpoint ${name} reached\n`);
    return new Promise(() => undefined);
  };
}
