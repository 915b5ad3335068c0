import { AsyncLocalStorage } from 'node:async_hooks';
import { type ElicitResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import type { Answer, Inquiry } from '../../core/model/elicitation.ts';
import { questionOf } from './question.ts';
import { resultOf } from './rounds.ts';

/** On whose behalf a call runs, and how their people are asked. */
export interface Caller {
  session: string;
  ask?: ((question: Inquiry, signal?: AbortSignal) => Promise<Answer>) | undefined;
}

interface Running extends Caller {
  /** Its questions that wait for an answer. */
  open: number;
}

/** The calls that run on one connection, and the questions that the server asks meanwhile. */
export class Callers {
  readonly #server: string;
  readonly #running = new Set<Running>();
  /** Over HTTP a question comes in the answer to its call, and so in the context in which the call was made. */
  readonly #context = new AsyncLocalStorage<Running>();
  #asked = 0;

  constructor(server: string) {
    this.#server = server;
  }

  async run<T>(caller: Caller, call: () => Promise<T>): Promise<T> {
    const running: Running = { ...caller, open: 0 };
    this.#running.add(running);
    try {
      return await this.#context.run(running, call);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Rejects only with what the server is told of a question that cannot be asked. */
  async answer(params: unknown, signal: AbortSignal): Promise<ElicitResult> {
    const caller = this.#whose();
    if (!caller?.ask) return { action: 'cancel' };
    this.#asked += 1;
    const question = questionOf(String(this.#asked), this.#server, params);
    if (typeof question === 'string') throw new ProtocolError(ProtocolErrorCode.InvalidParams, question);
    caller.open += 1;
    try {
      return resultOf(await caller.ask(question, signal), question.url !== undefined);
    } finally {
      caller.open -= 1;
    }
  }

  /**
   * A process does not say for which call it asks. It is the one that does not wait for an answer already; when that
   * may be calls of several sessions, nobody is asked rather than somebody who has nothing to do with it.
   */
  #whose(): Running | undefined {
    const known = this.#context.getStore();
    if (known) return known;
    const all = [...this.#running];
    const free = all.filter(({ open }) => open === 0);
    const candidates = free.length > 0 ? free : all;
    const sessions = new Set(candidates.map(({ session }) => session));
    return sessions.size === 1 ? candidates[0] : undefined;
  }
}
