import { AsyncLocalStorage } from 'node:async_hooks';
import { type ElicitResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import type { Answer, Inquiry } from '../../core/model/elicitation.ts';
import { questionOf } from './question.ts';
import { resultOf } from './rounds.ts';

/**
 * The session on whose behalf a call runs, and the function that puts a server's questions to that session's
 * approvers. Without `ask`, every question is answered with "cancel".
 */
export interface Caller {
  session: string;
  ask?: ((question: Inquiry, signal?: AbortSignal) => Promise<Answer>) | undefined;
}

interface Running extends Caller {
  /** The number of questions of this call that still wait for an answer. */
  open: number;
}

/**
 * Tracks the calls that run on one connection and routes each elicitation of the server to the call that caused it.
 */
export class Callers {
  readonly #server: string;
  readonly #running = new Set<Running>();
  /** Over HTTP a question arrives in the response stream of its call, and therefore in that call's async context. */
  readonly #context = new AsyncLocalStorage<Running>();
  #asked = 0;

  constructor(server: string) {
    this.#server = server;
  }

  /** Runs `call` and keeps its caller registered, so that the server can ask questions until the call settles. */
  async run<T>(caller: Caller, call: () => Promise<T>): Promise<T> {
    const running: Running = { ...caller, open: 0 };
    this.#running.add(running);
    try {
      return await this.#context.run(running, call);
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Asks the caller and resolves with the reply for the server: "cancel" when no caller can be determined. Rejects only
   * with a `ProtocolError`, whose message tells the server why its question cannot be asked.
   */
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
   * Finds the call that a question belongs to. A stdio server does not name the call, so calls that already wait
   * for an answer are ruled out first. Returns `undefined` when calls of several sessions remain: the question
   * could otherwise reach an approver of an unrelated session.
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
