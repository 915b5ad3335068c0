import { existsSync, writeFileSync } from 'node:fs';
import type { BlobWriteStep } from './blob-files.ts';

/**
 * Fault injection for tests, loaded only when MIDTURN_TEST_FAULTS=1. With MIDTURN_TEST_KILL_AT_BLOB_STEP=N the process
 * gets SIGKILL at its N-th step of writing the file of a blob, unless the file that MIDTURN_TEST_KILL_LATCH names
 * exists; it is created at that moment.
 */
export function createBlobFault(env: NodeJS.ProcessEnv): ((step: BlobWriteStep) => void) | undefined {
  const wanted = Number(env['MIDTURN_TEST_KILL_AT_BLOB_STEP'] ?? 0);
  const latch = env['MIDTURN_TEST_KILL_LATCH'];
  if (!(wanted > 0) || (latch && existsSync(latch))) return undefined;
  let steps = 0;
  return () => {
    steps += 1;
    if (steps !== wanted) return;
    if (latch) writeFileSync(latch, String(steps));
    process.kill(process.pid, 'SIGKILL');
  };
}
