import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { connect } from './connection.ts';
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
}

/** How soon another process's write is noticed when nobody here writes, in milliseconds. */
const LOOK_EVERY = 100;

/** Answers in one message. */
const PART = 32;

const { path, busyTimeout, since }: WriterData = workerData;
const port = requirePort();
const db = connect(path, busyTimeout);
const sql = prepareWriter(db);
const foreign = trackForeignChanges(sql, since);
const testing = process.env['MIDTURN_TEST_FAULTS'] === '1' ? await import('./fault.ts') : undefined;
const writer = { db, sql, foreign, fault: testing?.faultPoint(process.env), checked: false };
const looking = setInterval(look, LOOK_EVERY);
let closing = false;

port.on('message', (request: Request) => {
  if (request === CLOSE) closing = true;
  else replyInParts(commitGroup(writer, request, arrived));
  if (closing) close();
});

function arrived(): Operation[] | undefined {
  const request: Request | undefined = receiveMessageOnPort(port)?.message;
  if (request !== CLOSE) return request;
  closing = true;
  return undefined;
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
  clearInterval(looking);
  db.close();
  port.close();
}

function requirePort() {
  if (!parentPort) throw new Error('The writer is the entry of a worker thread');
  return parentPort;
}
