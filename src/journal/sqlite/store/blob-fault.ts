import type { BlobWriteStep } from './blob-files.ts';

/**
 * Fault injection for tests: with MIDTURN_TEST_KILL_AT_BLOB_STEP=N the process gets SIGKILL at its N-th step of writing
 * the file of a blob. Loaded only when MIDTURN_TEST_FAULTS=1.
 */
export function createBlobFault(env: NodeJS.ProcessEnv): ((step: BlobWriteStep) => void) | undefined {
  const wanted = Number(env['MIDTURN_TEST_KILL_AT_BLOB_STEP'] ?? 0);
  if (!(wanted > 0)) return undefined;
  let steps = 0;
  return () => {
    steps += 1;
    if (steps === wanted) process.kill(process.pid, 'SIGKILL');
  };
}
