import { enableCompileCache, flushCompileCache } from 'node:module';
import type { Boot, ToGeneration } from '../supervisor/ipc/messages.ts';
import { homeAt } from '../util/home.ts';
import type { Generation } from './generation.ts';
import { tell } from './process/channel.ts';
import { exitCodeOf } from './process/exit-code.ts';

/**
 * Entry point of a generation: a process that the supervisor starts and directs over IPC. It ignores the signals
 * of the terminal's process group, because the supervisor handles them and sends `drain`.
 */
enableCompileCache();
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});

let generation: Generation | undefined;

process.on('disconnect', () => {
  generation?.supervisorGone();
  void leave('the supervisor is gone');
});
process.on('message', (message: ToGeneration) => {
  if (message.type === 'boot') void boot(message);
  else if (message.type === 'drain') void leave(message.reason, message.cap);
  else if (message.type === 'serve') void generation?.serve(message).then(keepCompiledCode, fail);
  else generation?.hear(message);
});

/**
 * Boots the generation. The journal's writer thread starts while this thread loads the code, because the two
 * together are most of a boot.
 */
async function boot(message: Boot): Promise<void> {
  try {
    const { openSqliteJournal } = await import('../journal/sqlite/open.ts');
    // Without its writer thread a generation can guarantee nothing, so it exits; the next one starts with a new
    // thread.
    const opening = openSqliteJournal(homeAt(message.home).journal, { onDeath: fail });
    opening.catch(() => {});
    const { Generation } = await import('./generation.ts');
    generation = await Generation.boot(message, opening, { tell, leave: (reason) => void leave(reason) });
    generation.ready();
  } catch (error) {
    fail(error);
  }
}

/**
 * Writes the compile cache soon after the start. Node writes it only at exit, and a killed process has no exit;
 * the next generation starts faster with it.
 */
function keepCompiledCode(): void {
  setTimeout(flushCompileCache, 2_000).unref();
}

/** Drains the generation and exits with 0. Before the generation has booted there is nothing to drain. */
async function leave(reason: string, cap?: number): Promise<void> {
  await generation?.drain(reason, cap).catch(fail);
  process.exit(0);
}

function fail(error: unknown): void {
  const { message } = error as { message?: string };
  process.stderr.write(`midturn: the generation cannot continue: ${message ?? String(error)}\n`);
  process.exit(exitCodeOf(error));
}
