import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteOperation } from './operation.ts';

/** Fault injection for tests: kills this process or delays its writes. Loaded only when MIDTURN_TEST_FAULTS=1. */
export interface FaultPoint {
  beforeCommit(operations: readonly WriteOperation[]): void;
  afterCommit(operations: readonly WriteOperation[]): void;
}

const COUNTED: ReadonlySet<string> = new Set([
  'append',
  'deliver',
  'decide',
  'add_reminder',
  'fire_reminder',
  'damaged',
  'blob',
  'advance_cursor',
]);

/**
 * Returns the fault that the environment asks for.
 *   - With MIDTURN_TEST_KILL_AT_WRITE=N the process gets SIGKILL at its N-th group that appends, delivers,
 *     decides a slot, sets or fires a reminder, marks a session as damaged, moves a cursor,
 *     or stores a blob, before any caller gets the result. This
 *     happens after the commit, or just before it with MIDTURN_TEST_KILL_POINT=before; with
 *     MIDTURN_TEST_KILL_POINT=thread only the writer thread ends.
 *   - The file named by MIDTURN_TEST_KILL_LATCH is created at that moment. While it exists no process is
 *     killed, so that the next process with the same environment continues.
 */
export function createFaultPoint(env: NodeJS.ProcessEnv): FaultPoint | undefined {
  return createHoldPoint(env) ?? createKillPoint(env);
}

function createKillPoint(env: NodeJS.ProcessEnv): FaultPoint | undefined {
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

/**
 * Returns a fault that delays writes. With MIDTURN_TEST_HOLD_AT_WRITE=N each process creates a file with its id
 * in the folder MIDTURN_TEST_HOLD_FOLDER after its N-th such group, and writes and answers nothing more until
 * `<id>.go` exists. A test can thus act between the start or end of a step and what follows from it.
 */
function createHoldPoint(env: NodeJS.ProcessEnv): FaultPoint | undefined {
  const wanted = Number(env['MIDTURN_TEST_HOLD_AT_WRITE'] ?? 0);
  if (!(wanted > 0)) return undefined;
  const file = join(env['MIDTURN_TEST_HOLD_FOLDER'] ?? '', String(process.pid));
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  let groups = 0;
  return {
    beforeCommit(operations) {
      if (operations.some(({ kind }) => COUNTED.has(kind))) groups += 1;
    },
    afterCommit() {
      if (groups !== wanted) return;
      if (!existsSync(file)) writeFileSync(file, '');
      while (!existsSync(`${file}.go`)) Atomics.wait(asleep, 0, 0, 5);
    },
  };
}
