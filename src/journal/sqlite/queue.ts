import { channel } from 'node:diagnostics_channel';
import { Worker } from 'node:worker_threads';
import { JournalUnavailableError, messageOf } from '../../errors/errors.ts';
import { COMMIT_CHANNEL } from '../../telemetry/commit-channel.ts';
import { entryPoint } from '../../util/entry.ts';
import type { WriteDone, WriteRefused, WriteResult } from './roles/result.ts';
import { isTransient } from './store/failure.ts';
import {
  CLOSE_REQUEST,
  findDelivery,
  type WriteOperation,
  type WriterReply,
  type WriterRequest,
} from './write/operation.ts';
import type { WriterData } from './write/writer.ts';

/** An operation that the writer thread has not answered yet, with the promise of its caller. */
interface PendingWrite {
  operation: WriteOperation;
  /** When it was handed over, in milliseconds of the monotonic clock; 0 when no one measures. */
  since: number;
  resolve(answer: WriteDone | WriteRefused): void;
  reject(error: Error): void;
}

/**
 * Main thread's side of the writer: hands over operations in order and matches the results to them. Operations
 * of one tick travel as one message; the writer commits everything that has reached it in one transaction.
 */
export class WriteQueue {
  readonly #worker: Worker;
  readonly #wake = new Int32Array(new SharedArrayBuffer(4));
  readonly #ended: Promise<void>;
  readonly #onChanged: (sessions: Set<string>, foreign: boolean) => void;
  readonly #onDeath: (error: Error) => void;
  #collected: WriteOperation[] = [];
  #pending: PendingWrite[] = [];
  #dead: JournalUnavailableError | undefined;

  constructor(
    data: Omit<WriterData, 'wake'>,
    onChanged: (sessions: Set<string>, foreign: boolean) => void,
    onDeath: (error: Error) => void = () => {},
  ) {
    this.#onChanged = onChanged;
    this.#onDeath = onDeath;
    this.#worker = new Worker(entryPoint('journal/sqlite/write/writer'), {
      workerData: { ...data, wake: this.#wake },
    });
    this.#worker.on('message', (reply: WriterReply) => this.#settleReply(reply));
    this.#worker.on('error', (error) => this.#failPending(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#failPending(new Error('its writer thread has ended'));
        resolve();
      });
    });
    // Only a write in flight keeps the process alive.
    this.#worker.unref();
  }

  /** Sends an operation to the writer and resolves with its result. Rejects with JournalUnavailableError. */
  submit(operation: WriteOperation): Promise<WriteDone | WriteRefused> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      if (this.#pending.length === 0) this.#worker.ref();
      const since = commits.hasSubscribers ? performance.now() : 0;
      this.#pending.push({ operation, since, resolve, reject });
      this.#collected.push(operation);
      // Waits for all microtasks: what one reply causes travels as one message, because each message wakes the thread.
      if (this.#collected.length === 1) process.nextTick(() => this.#postCollected());
    });
  }

  /** Closes the store. Resolves when everything submitted before is on disk and the writer thread has ended. */
  async close(): Promise<void> {
    if (!this.#dead) {
      this.#postCollected();
      this.#dead = new JournalUnavailableError('it is closed');
      this.#worker.ref();
      this.#postRequest(CLOSE_REQUEST);
    }
    await this.#ended;
  }

  #postCollected(): void {
    if (this.#collected.length === 0) return;
    this.#postRequest(this.#collected);
    this.#collected = [];
  }

  #postRequest(request: WriterRequest): void {
    this.#worker.postMessage(request);
    Atomics.add(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  #settleReply({ answers, foreign }: WriterReply): void {
    const settled = this.#pending.splice(0, answers.length);
    if (this.#pending.length === 0 && !this.#dead) this.#worker.unref();
    publishCommit(settled);
    const changed = new Set<string>();
    for (const [index, asked] of settled.entries()) {
      const answer = answers[index];
      if (answer) settleWrite(asked, answer, changed);
    }
    if (changed.size > 0) this.#onChanged(changed, false);
    if (foreign.length > 0) this.#onChanged(new Set(foreign), true);
  }

  #failPending(error: unknown): void {
    const why = messageOf(error);
    const unexpected = this.#dead === undefined;
    const about = { cause: error, damaged: !isTransient(error) };
    this.#dead ??= new JournalUnavailableError(why, about);
    // The writer may have committed before it ended.
    const unanswered = new JournalUnavailableError(why, { ...about, uncertain: true });
    for (const { reject } of this.#pending.splice(0)) reject(unanswered);
    if (unexpected) this.#onDeath(this.#dead);
  }
}

const commits = channel(COMMIT_CHANNEL);

/** Publishes how long a group of writes took: its oldest one, because all were committed together. */
function publishCommit([oldest]: readonly PendingWrite[]): void {
  if (oldest && oldest.since > 0) commits.publish(performance.now() - oldest.since);
}

function settleWrite(
  { operation, resolve, reject }: PendingWrite,
  answer: WriteResult,
  changed: Set<string>,
): void {
  if (!answer.done && answer.refused === 'failed') {
    reject(new JournalUnavailableError(answer.why, { damaged: answer.damaged, uncertain: answer.uncertain }));
    return;
  }
  if (answer.done) for (const session of listChangedSessions(operation, answer)) changed.add(session);
  resolve(answer);
}

/** Lists the sessions that have new events or inputs because of this operation. */
function listChangedSessions(operation: WriteOperation, answer: WriteDone): string[] {
  if ('send' in operation) {
    const appended = operation.kind === 'append' && operation.events.length > 0 ? [operation.session] : [];
    return answer.duplicate ? [] : [...appended, ...operation.send.map(({ session }) => session)];
  }
  const delivery = findDelivery(operation, answer);
  return delivery ? [delivery.session] : [];
}
