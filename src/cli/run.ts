import type { Session } from './session.js';

/** `panfuse run`: the daemon in the foreground, until it is told to stop. */
export async function runInForeground(session: Session): Promise<void> {
  const { runDaemon } = await import('../daemon/run.js');
  await runDaemon({ configPath: session.options.config });
}
