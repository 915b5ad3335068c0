import type { Operation } from './operation.ts';

/** Where a crash test kills this process. Loaded only when MIDTURN_TEST_FAULTS=1. */
export interface FaultPoint {
  beforeCommit(operations: readonly Operation[]): void;
  afterCommit(operations: readonly Operation[]): void;
}

/**
 * With MIDTURN_TEST_KILL_AT_WRITE=N the process gets SIGKILL at its N-th group that appends or delivers, before
 * anyone hears of it: after the commit, or just before it with MIDTURN_TEST_KILL_POINT=before.
 */
export function faultPoint(env: NodeJS.ProcessEnv): FaultPoint | undefined {
  const wanted = Number(env['MIDTURN_TEST_KILL_AT_WRITE'] ?? 0);
  if (!(wanted > 0)) return undefined;
  const before = env['MIDTURN_TEST_KILL_POINT'] === 'before';
  let groups = 0;
  return {
    beforeCommit(operations) {
      if (operations.some(({ kind }) => kind === 'append' || kind === 'deliver')) groups += 1;
      if (before && groups === wanted) process.kill(process.pid, 'SIGKILL');
    },
    afterCommit() {
      if (groups === wanted) process.kill(process.pid, 'SIGKILL');
    },
  };
}
