import { Worker } from 'node:worker_threads';
import { JournalUnavailableError, messageOf } from '../../errors/errors.ts';
import { entryPoint } from '../../util/entry.ts';
import { mayPass } from './store/failure.ts';
import {
  type Answer,
  CLOSE,
  type Done,
  delivered,
  type Operation,
  type Refused,
  type Reply,
  type Request,
} from './write/operation.ts';
import type { WriterData } from './write/writer.ts';

/** An operation that the writer thread has not answered yet, with the promise of its caller. */
interface Asked {
  operation: Operation;
  resolve(answer: Done | Refused): void;
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
  #collected: Operation[] = [];
  #asked: Asked[] = [];
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
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#die(new Error('its writer thread has ended'));
        resolve();
      });
    });
    // Only a write in flight keeps the process alive.
    this.#worker.unref();
  }

  /** Sends an operation to the writer and resolves with its result. Rejects with JournalUnavailableError. */
  submit(operation: Operation): Promise<Done | Refused> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      if (this.#asked.length === 0) this.#worker.ref();
      this.#asked.push({ operation, resolve, reject });
      this.#collected.push(operation);
      // Waits for all microtasks: what one reply causes travels as one message, because each message wakes the thread.
      if (this.#collected.length === 1) process.nextTick(() => this.#post());
    });
  }

  /** Closes the store. Resolves when everything submitted before is on disk and the writer thread has ended. */
  async close(): Promise<void> {
    if (!this.#dead) {
      this.#post();
      this.#dead = new JournalUnavailableError('it is closed');
      this.#worker.ref();
      this.#tell(CLOSE);
    }
    await this.#ended;
  }

  #post(): void {
    if (this.#collected.length === 0) return;
    this.#tell(this.#collected);
    this.#collected = [];
  }

  #tell(request: Request): void {
    this.#worker.postMessage(request);
    Atomics.add(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  #settle({ answers, foreign }: Reply): void {
    const settled = this.#asked.splice(0, answers.length);
    if (this.#asked.length === 0 && !this.#dead) this.#worker.unref();
    const changed = new Set<string>();
    for (const [index, asked] of settled.entries()) {
      const answer = answers[index];
      if (answer) settleOne(asked, answer, changed);
    }
    if (changed.size > 0) this.#onChanged(changed, false);
    if (foreign.length > 0) this.#onChanged(new Set(foreign), true);
  }

  #die(error: unknown): void {
    const why = messageOf(error);
    const unexpected = this.#dead === undefined;
    const about = { cause: error, damaged: !mayPass(error) };
    this.#dead ??= new JournalUnavailableError(why, about);
    // The writer may have committed before it ended.
    const unanswered = new JournalUnavailableError(why, { ...about, uncertain: true });
    for (const { reject } of this.#asked.splice(0)) reject(unanswered);
    if (unexpected) this.#onDeath(this.#dead);
  }
}

function settleOne({ operation, resolve, reject }: Asked, answer: Answer, changed: Set<string>): void {
  if (!answer.done && answer.refused === 'failed') {
    reject(new JournalUnavailableError(answer.why, { damaged: answer.damaged, uncertain: answer.uncertain }));
    return;
  }
  if (answer.done) for (const session of changedBy(operation, answer)) changed.add(session);
  resolve(answer);
}

/** Lists the sessions that have new events or inputs because of this operation. */
function changedBy(operation: Operation, answer: Done): string[] {
  if (operation.kind === 'append') {
    const { session, events, send } = operation;
    return [...(events.length > 0 ? [session] : []), ...send.map((sent) => sent.session)];
  }
  const delivery = delivered(operation, answer);
  return delivery ? [delivery.session] : [];
}
