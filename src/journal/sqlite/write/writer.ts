import { availableParallelism } from 'node:os';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openConnection } from '../store/connection.ts';
import type { Positions } from '../store/positions.ts';
import { trackForeignChanges } from './foreign.ts';
import { commitGroup } from './group.ts';
import { CLOSE_REQUEST, type WriteOperation, type WriterReply, type WriterRequest } from './operation.ts';
import { prepareWriterStatements } from './statements.ts';

/**
 * Entry point of the writer thread, the only thread that writes to the store, so that an fsync never blocks the
 * event loop. Operations that arrive while a transaction is open join it.
 */
export interface WriterData {
  path: string;
  busyTimeout: number;
  /**
   * Start of the search for foreign changes: what other processes write after it is reported, even before this
   * thread runs.
   */
  since: Positions;
  /**
   * Counts the messages. The thread sleeps on this counter, because it wakes up faster from it than from its
   * event loop.
   */
  wake: Int32Array<SharedArrayBuffer>;
}

/** Milliseconds between checks for writes of other processes while this process writes nothing. */
const POLL_INTERVAL = 100;

/**
 * Milliseconds for which a busy writer spins for the next message. On a single core, spinning would only block
 * the main thread.
 */
const AWAKE = availableParallelism() > 1 ? 0.2 : 0;

/**
 * CPU pauses between two checks of the counter, a few microseconds; a bare loop would slow down a main thread
 * on the same core.
 */
const PAUSES = 40;

/** Results per reply message. */
const PART = 32;

const { path, busyTimeout, since, wake }: WriterData = workerData;
const port = requirePort();
const db = openConnection(path, busyTimeout);
const sql = prepareWriterStatements(db);
const foreign = trackForeignChanges(sql, since);
const testing = process.env['MIDTURN_TEST_FAULTS'] === '1' ? await import('./fault.ts') : undefined;
const writer = { db, sql, foreign, fault: testing?.createFaultPoint(process.env), checked: false };
let closing = false;
let busy = false;

while (!closing) {
  const seen = Atomics.load(wake, 0);
  const operations = receiveOperations();
  if (operations) replyInParts(commitGroup(writer, operations, receiveOperations));
  else if (!closing && !waitForMessage(seen)) reportForeignChanges();
}
closeWriter();

function receiveOperations(): WriteOperation[] | undefined {
  const request: WriterRequest | undefined = receiveMessageOnPort(port)?.message;
  if (request !== CLOSE_REQUEST) return request;
  closing = true;
  return undefined;
}

/**
 * Waits for the next message; returns false when none has come within the polling interval. The operations that
 * follow from a group often arrive sooner than a thread falls asleep and wakes up again, so the thread spins
 * for a moment if the last wait was short.
 */
function waitForMessage(seen: number): boolean {
  const since = performance.now();
  while (busy && performance.now() - since < AWAKE) {
    for (let n = 0; n < PAUSES; n += 1) Atomics.pause();
    if (Atomics.load(wake, 0) !== seen) return true;
  }
  const told = Atomics.wait(wake, 0, seen, POLL_INTERVAL) !== 'timed-out';
  busy = told && performance.now() - since < AWAKE;
  return told;
}

function reportForeignChanges(): void {
  try {
    const changed = foreign.findChanges();
    if (changed.length > 0) postReply({ answers: [], foreign: changed });
  } catch {
    // The next poll tries again; a store that stays unreadable is reported by the operations that need it.
  }
}

/**
 * Sends the results of a large group in several messages. The main thread then hands over what follows from the
 * first results while it works on the others, and this thread executes it meanwhile. With a single message the
 * two threads take turns: with a core for each, 100 busy sessions made a fifth fewer steps per second.
 */
function replyInParts({ answers, foreign }: WriterReply): void {
  postReply({ answers: answers.slice(0, PART), foreign });
  for (let from = PART; from < answers.length; from += PART) {
    postReply({ answers: answers.slice(from, from + PART), foreign: [] });
  }
}

function postReply(message: WriterReply): void {
  port.postMessage(message);
}

function closeWriter(): void {
  db.close();
  port.close();
}

function requirePort() {
  if (!parentPort) throw new Error('The journal writer must run as a worker thread');
  return parentPort;
}
