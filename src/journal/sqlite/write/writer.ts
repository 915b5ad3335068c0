import { availableParallelism } from 'node:os';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { connect } from '../store/connection.ts';
import { type Positions, trackForeignChanges } from './foreign.ts';
import { commitGroup } from './group.ts';
import { CLOSE, type Operation, type Reply, type Request } from './operation.ts';
import { prepareWriter } from './statements.ts';

/**
 * Entry of the writer thread: the only place that writes to the store, so that an fsync never blocks the event loop.
 * What arrives while a transaction is open joins it.
 */
export interface WriterData {
  path: string;
  busyTimeout: number;
  /** What other processes write after it is reported, even what they write before this thread runs. */
  since: Positions;
  /** Counts the messages: this thread sleeps on it, which takes it less time to wake up from than its event loop does. */
  wake: Int32Array<SharedArrayBuffer>;
}

/** How soon another process's write is noticed when nobody here writes, in milliseconds. */
const LOOK_EVERY = 100;

/** How long a busy writer stays awake, in milliseconds. With a single core it would keep the main thread from going on. */
const AWAKE = availableParallelism() > 1 ? 0.2 : 0;

/** Between two looks, a few microseconds; a bare loop would slow down the main thread where both share a core. */
const PAUSES = 40;

/** Answers in one message. */
const PART = 32;

const { path, busyTimeout, since, wake }: WriterData = workerData;
const port = requirePort();
const db = connect(path, busyTimeout);
const sql = prepareWriter(db);
const foreign = trackForeignChanges(sql, since);
const testing = process.env['MIDTURN_TEST_FAULTS'] === '1' ? await import('./fault.ts') : undefined;
const writer = { db, sql, foreign, fault: testing?.faultPoint(process.env), checked: false };
let closing = false;
let busy = false;

while (!closing) {
  const seen = Atomics.load(wake, 0);
  const operations = arrived();
  if (operations) replyInParts(commitGroup(writer, operations, arrived));
  else if (!closing && !toldSoon(seen)) look();
}
close();

function arrived(): Operation[] | undefined {
  const request: Request | undefined = receiveMessageOnPort(port)?.message;
  if (request !== CLOSE) return request;
  closing = true;
  return undefined;
}

/**
 * Waits for the next message; false when none has come for a while. What follows from a group comes sooner than a
 * thread falls asleep and wakes up again, so a thread that was told soon the last time stays awake for a moment.
 */
function toldSoon(seen: number): boolean {
  const since = performance.now();
  while (busy && performance.now() - since < AWAKE) {
    for (let n = 0; n < PAUSES; n += 1) Atomics.pause();
    if (Atomics.load(wake, 0) !== seen) return true;
  }
  const told = Atomics.wait(wake, 0, seen, LOOK_EVERY) !== 'timed-out';
  busy = told && performance.now() - since < AWAKE;
  return told;
}

function look(): void {
  try {
    const changed = foreign.look();
    if (changed.length > 0) reply({ answers: [], foreign: changed });
  } catch {
    // Tried again in a moment; a store that stays unreadable is reported by the operations that need it.
  }
}

/**
 * The answers of a large group go as several messages: the main thread then hands over what follows from the first
 * ones while it works on the others, and this thread executes it meanwhile. As one message, the two threads took
 * turns: with a core for each, 100 busy sessions made a fifth fewer steps per second.
 */
function replyInParts({ answers, foreign }: Reply): void {
  reply({ answers: answers.slice(0, PART), foreign });
  for (let from = PART; from < answers.length; from += PART) {
    reply({ answers: answers.slice(from, from + PART), foreign: [] });
  }
}

function reply(message: Reply): void {
  port.postMessage(message);
}

function close(): void {
  db.close();
  port.close();
}

function requirePort() {
  if (!parentPort) throw new Error('The writer is the entry of a worker thread');
  return parentPort;
}
