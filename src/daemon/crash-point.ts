import { writeSync } from 'node:fs';

/**
 * The checkpoint of a process under a crash test: at the named point it says so on standard error and then never goes
 * on, so that the test can kill it there; with `name@3` when it comes there for the third time. Without a name, which is
 * always so in production, it does nothing.
 */
export function crashPoint(stopAt: string | undefined): (name: string) => Promise<void> {
  const [point, count = '1'] = stopAt?.split('@') ?? [];
  let left = Number(count);
  return (name) => {
    if (name !== point) return Promise.resolve();
    left -= 1;
    if (left !== 0) return Promise.resolve();
    writeSync(2, `checkpoint ${name} reached\n`);
    return new Promise(() => undefined);
  };
}
