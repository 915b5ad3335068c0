import { existsSync, writeFileSync } from 'node:fs';
import type { Operation } from './operation.ts';

/** Where a crash test kills this process. Loaded only when MIDTURN_TEST_FAULTS=1. */
export interface FaultPoint {
  beforeCommit(operations: readonly Operation[]): void;
  afterCommit(operations: readonly Operation[]): void;
}

const COUNTED: ReadonlySet<string> = new Set([
  'append',
  'deliver',
  'decide',
  'add_reminder',
  'fire_reminder',
]);

/**
 * With MIDTURN_TEST_KILL_AT_WRITE=N the process gets SIGKILL at its N-th group that appends, delivers or decides a slot, before
 * anyone hears of it: after the commit, or just before it with MIDTURN_TEST_KILL_POINT=before; with
 * MIDTURN_TEST_KILL_POINT=thread only the writer thread ends. The file named by
 * MIDTURN_TEST_KILL_LATCH is made when that happens; while it exists nobody is killed, so that the next process of
 * the same environment goes on.
 */
export function faultPoint(env: NodeJS.ProcessEnv): FaultPoint | undefined {
  const wanted = Number(env['MIDTURN_TEST_KILL_AT_WRITE'] ?? 0);
  const latch = env['MIDTURN_TEST_KILL_LATCH'];
  if (!(wanted > 0) || (latch && existsSync(latch))) return undefined;
  const before = env['MIDTURN_TEST_KILL_POINT'] === 'before';
  const threadOnly = env['MIDTURN_TEST_KILL_POINT'] === 'thread';
  let groups = 0;
  const kill = () => {
    if (latch) writeFileSync(latch, String(groups));
    // In a worker thread, `exit` ends the thread.
    if (threadOnly) process.exit();
    process.kill(process.pid, 'SIGKILL');
  };
  return {
    beforeCommit(operations) {
      if (operations.some(({ kind }) => COUNTED.has(kind))) groups += 1;
      if (before && groups === wanted) kill();
    },
    afterCommit() {
      if (groups === wanted) kill();
    },
  };
}
