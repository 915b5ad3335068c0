import { setTimeout as pause } from 'node:timers/promises';
import type { ElicitResult } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { CallResumption, Elicitation, ElicitationResult } from '../../core/model/elicitation.ts';
import type { Json } from '../../core/model/message.ts';
import type { CallElicitations } from '../port/tool.ts';
import { parseElicitation } from './question.ts';

/**
 * The input that a server requires before it completes a call. `resume` is an object when the answers must be sent
 * with the next call, and `null` when the server waits for the repeated call only (after a URL was visited).
 */
export class InputRequired {
  readonly requests: Readonly<Record<string, unknown>>;
  readonly resume: { requestState?: string } | null;
  constructor(requests: Record<string, unknown>, resume: InputRequired['resume']) {
    this.requests = requests;
    this.resume = resume;
  }
}

/** The parameters that a repeated call carries in addition to those of the first one. */
export interface CallContinuation {
  inputResponses?: Record<string, ElicitResult>;
  requestState?: string;
}

/** The maximum length of the opaque state that is kept for a server between two calls, in characters. */
const MAX_STATE_LENGTH = 65_536;

/**
 * A call that must be repeated without a question is repeated at most this often, after this delay in milliseconds.
 */
const MAX_REPEATS = 10;
const REPEAT_DELAY = 250;

const request = z.object({ method: z.string(), params: z.unknown() });

/** Converts the required input to questions for approvers; returns a string with the reason when it cannot be met. */
export function toQuestions({ requests, resume }: InputRequired, server: string): CallElicitations | string {
  const questions: Elicitation[] = [];
  if (Object.keys(requests).length === 0)
    return `it wanted to be called again more than ${MAX_REPEATS} times`;
  for (const [key, wanted] of Object.entries(requests)) {
    const { data } = request.safeParse(wanted);
    if (data?.method !== 'elicitation/create')
      return `it asks for ${data?.method ?? 'an unknown kind of input'}`;
    const question = parseElicitation(key, server, data.params);
    if (typeof question === 'string') return question;
    questions.push(question);
  }
  const { requestState = '' } = resume ?? {};
  if (requestState.length > MAX_STATE_LENGTH) {
    return `its request state has ${requestState.length} characters; the maximum is ${MAX_STATE_LENGTH}`;
  }
  const pages = questions.flatMap(({ key, url }) => (url === undefined ? [] : [key]));
  const kept: Json = resume && { ...resume, pages };
  return { type: 'questions', questions, resume: kept };
}

const kept = z.object({ requestState: z.string().optional(), pages: z.array(z.string()) });

/** Builds the additional parameters of a repeated call from the elicitation results; empty when nothing was kept. */
export function continueWith({ resume, given }: CallResumption): CallContinuation {
  const { data } = kept.safeParse(resume);
  if (!data) return {};
  const { requestState, pages } = data;
  const responses = given.map((answer) => [answer.key, toElicitResult(answer, pages.includes(answer.key))]);
  return {
    inputResponses: Object.fromEntries(responses),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** Converts an elicitation result to the protocol's reply; the reply for a visited page has no content. */
export function toElicitResult({ decision, content }: ElicitationResult, page: boolean): ElicitResult {
  if (decision === 'denied') return { action: 'decline' };
  if (decision !== 'approved') return { action: 'cancel' };
  return page ? { action: 'accept' } : { action: 'accept', content: content ?? {} };
}

/**
 * Repeats a call until it returns a result or asks a question. Returns the last result after `MAX_REPEATS`
 * repetitions; rejects when the signal aborts.
 */
export async function repeatUntilInput<T>(
  call: (more: CallContinuation) => Promise<T | InputRequired>,
  first: CallContinuation,
  signal: AbortSignal,
): Promise<T | InputRequired> {
  let more = first;
  for (let repeats = 0; ; repeats += 1) {
    const result = await call(more);
    if (!(result instanceof InputRequired) || Object.keys(result.requests).length > 0) return result;
    if (repeats >= MAX_REPEATS) return result;
    await pause(REPEAT_DELAY, undefined, { signal, ref: false });
    more = result.resume ?? {};
  }
}
