import type { Runner } from './runner.ts';

/** How long steps in flight may go on, in milliseconds. */
export interface Grace {
  model: number;
  tool: number;
}

/**
 * Starts no new step and resolves when those in flight have ended. Resumable tools are let go at once, others and
 * model calls are asked to end when their grace is over. Every end is recorded before this resolves.
 */
export async function drain(runner: Runner, grace: Grace): Promise<void> {
  const { clock } = runner.ports;
  const sessions = () => [...runner.live.values()];
  runner.admission.stop();
  for (const session of sessions()) session.letGo();
  const ends = [
    clock.after(grace.model, () => {
      for (const session of sessions()) session.interrupt('models', 'shutdown');
    }),
    clock.after(grace.tool, () => {
      for (const session of sessions()) session.interrupt('tools', 'detach');
    }),
  ];
  await runner.until(() => sessions().every((session) => session.quiet));
  for (const end of ends) end();
  runner.close();
}
