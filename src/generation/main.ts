import { enableCompileCache, flushCompileCache } from 'node:module';
import type { Boot, ToGeneration } from '../supervisor/ipc/messages.ts';
import { homeAt } from '../util/home.ts';
import type { Generation } from './generation.ts';
import { tell } from './process/channel.ts';
import { exitCodeOf } from './process/exit-code.ts';

/**
 * Entry point of a generation: a process that the supervisor starts, told over IPC what to do. Signals of the
 * terminal's process group are the supervisor's business; it decides and says `drain`.
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

/** The journal's writer thread starts while this thread loads everything else; together they are most of a boot. */
async function boot(message: Boot): Promise<void> {
  try {
    const { openSqliteJournal } = await import('../journal/sqlite/open.ts');
    // Without it nothing can be promised; the next generation begins with a new one.
    const opening = openSqliteJournal(homeAt(message.home).journal, { onDeath: fail });
    opening.catch(() => {});
    const { Generation } = await import('./generation.ts');
    generation = await Generation.boot(message, opening, { tell, leave: (reason) => void leave(reason) });
    generation.ready();
  } catch (error) {
    fail(error);
  }
}

/** Node writes it at exit otherwise, and a process that is killed has no exit; the next one starts faster with it. */
function keepCompiledCode(): void {
  setTimeout(flushCompileCache, 2_000).unref();
}

/** Without a generation to drain there is nothing to lose. */
async function leave(reason: string, cap?: number): Promise<void> {
  await generation?.drain(reason, cap).catch(fail);
  process.exit(0);
}

function fail(error: unknown): void {
  const { message } = error as { message?: string };
  process.stderr.write(`midturn: the generation cannot go on: ${message ?? String(error)}\n`);
  process.exit(exitCodeOf(error));
}
