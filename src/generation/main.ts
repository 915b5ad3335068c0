import { enableCompileCache, flushCompileCache } from 'node:module';
import type { BootMessage, ToGeneration } from '../supervisor/ipc/messages.ts';
import { resolveHome } from '../util/home.ts';
import type { Generation } from './generation.ts';
import { sendToSupervisor } from './process/channel.ts';
import { exitCodeOf } from './process/exit-code.ts';

/**
 * Entry point of a generation: a process that the supervisor starts and directs over IPC. It ignores the signals
 * of the terminal's process group, because the supervisor handles them and sends `drain`.
 */
enableCompileCache();
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});

let generation: Generation | undefined;

process.on('disconnect', () => {
  generation?.handleSupervisorExit();
  void drainAndExit('the supervisor is gone');
});
process.on('message', (message: ToGeneration) => {
  if (message.type === 'boot') void bootGeneration(message);
  else if (message.type === 'drain') void drainAndExit(message.reason, message.cap);
  else if (message.type === 'serve')
    void generation?.startServing(message).then(keepCompiledCode, exitWithError);
  else generation?.handleMessage(message);
});

/**
 * Boots the generation. The journal's writer thread starts while this thread loads the code, because the two
 * together are most of a boot.
 */
async function bootGeneration(message: BootMessage): Promise<void> {
  try {
    const { openSqliteJournal } = await import('../journal/sqlite/open.ts');
    // Without its writer thread a generation can guarantee nothing, so it exits; the next one starts with a new
    // thread.
    const opening = openSqliteJournal(resolveHome(message.home).journal, { onDeath: exitWithError });
    opening.catch(() => {});
    const { Generation } = await import('./generation.ts');
    generation = await Generation.bootFrom(message, opening, {
      sendMessage: sendToSupervisor,
      drainAndExit: (reason) => void drainAndExit(reason),
    });
    generation.announceReady();
  } catch (error) {
    exitWithError(error);
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
async function drainAndExit(reason: string, cap?: number): Promise<void> {
  await generation?.startDraining(reason, cap).catch(exitWithError);
  process.exit(0);
}

function exitWithError(error: unknown): void {
  const { message } = error as { message?: string };
  process.stderr.write(`midturn: the generation cannot continue: ${message ?? String(error)}\n`);
  process.exit(exitCodeOf(error));
}
