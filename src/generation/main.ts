import { enableCompileCache } from 'node:module';
import type { ToGeneration, ToSupervisor } from '../supervisor/messages.ts';
import type { Generation as GenerationType } from './generation.ts';

/**
 * Entry point of a generation: a process that the supervisor starts, told over IPC what to do. Signals of the
 * terminal's process group are the supervisor's business; it decides and says `drain`.
 */
enableCompileCache();
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});

const tell = (message: ToSupervisor) => {
  if (process.connected) process.send?.(message);
};

const { Generation } = await import('./generation.ts');
let generation: GenerationType | undefined;

process.on('disconnect', () => void leave('the supervisor is gone'));
process.on('message', (message: ToGeneration) => {
  if (message.type === 'boot') void boot(message);
  if (message.type === 'serve') void generation?.serve().catch(fail);
  if (message.type === 'drain') void leave(message.reason, message.cap);
});

async function boot(message: Extract<ToGeneration, { type: 'boot' }>): Promise<void> {
  try {
    generation = await Generation.boot(message, tell);
    tell({ type: 'ready', generation: generation.number });
  } catch (error) {
    fail(error);
  }
}

/** Without a generation to drain there is nothing to lose. */
async function leave(reason: string, cap?: number): Promise<void> {
  await generation?.drain(reason, cap).catch(fail);
  process.exit(0);
}

function fail(error: unknown): void {
  const { message, exitCode } = error as { message?: string; exitCode?: number };
  process.stderr.write(`midturn: the generation cannot go on: ${message ?? String(error)}\n`);
  process.exit(exitCode ?? 1);
}
