import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type ElicitResult,
  type Progress,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/client';
import type { Elicitation, ElicitationResult } from '../../core/model/elicitation.ts';
import { parseElicitation } from './question.ts';
import { toElicitResult } from './rounds.ts';

/**
 * The session on whose behalf a call runs, and the function that puts a server's questions to that session's
 * approvers. Without `ask`, every question is answered with "cancel".
 */
export interface McpCaller {
  session: string;
  ask?: ((question: Elicitation, signal?: AbortSignal) => Promise<ElicitationResult>) | undefined;
  /** Shows the progress of the call, as the server tells it. */
  report?: ((status: string) => void) | undefined;
}

interface ActiveCall extends McpCaller {
  /** The number of questions of this call that still wait for an answer. */
  open: number;
}

/**
 * Tracks the calls that run on one connection and routes each elicitation of the server to the call that caused it.
 */
export class ActiveCalls {
  readonly #server: string;
  readonly #running = new Set<ActiveCall>();
  /** Over HTTP a question arrives in the response stream of its call, and therefore in that call's async context. */
  readonly #context = new AsyncLocalStorage<ActiveCall>();
  #asked = 0;

  constructor(server: string) {
    this.#server = server;
  }

  /** Runs `call` and keeps its caller registered, so that the server can ask questions until the call settles. */
  async runCall<T>(caller: McpCaller, call: () => Promise<T>): Promise<T> {
    const running: ActiveCall = { ...caller, open: 0 };
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
  async answerElicitation(params: unknown, signal: AbortSignal): Promise<ElicitResult> {
    const caller = this.#findCaller();
    if (!caller?.ask) return { action: 'cancel' };
    this.#asked += 1;
    const question = parseElicitation(String(this.#asked), this.#server, params);
    if (typeof question === 'string') throw new ProtocolError(ProtocolErrorCode.InvalidParams, question);
    caller.open += 1;
    try {
      return toElicitResult(await caller.ask(question, signal), question.url !== undefined);
    } finally {
      caller.open -= 1;
    }
  }

  /**
   * Finds the call that a question belongs to. A stdio server does not name the call, so calls that already wait
   * for an answer are ruled out first. Returns `undefined` when calls of several sessions remain: the question
   * could otherwise reach an approver of an unrelated session.
   */
  #findCaller(): ActiveCall | undefined {
    const known = this.#context.getStore();
    if (known) return known;
    const all = [...this.#running];
    const free = all.filter(({ open }) => open === 0);
    const candidates = free.length > 0 ? free : all;
    const sessions = new Set(candidates.map(({ session }) => session));
    return sessions.size === 1 ? candidates[0] : undefined;
  }
}

/** Returns a progress notification as one line, such as `3 of 10: reading b.txt`. */
export function describeProgress({ progress, total, message }: Progress): string {
  const amount = total === undefined ? String(progress) : `${progress} of ${total}`;
  return message ? `${amount}: ${message}` : amount;
}
