import { setTimeout as pause } from 'node:timers/promises';
import type { ElicitResult } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Answer, Answers, Inquiry } from '../../core/model/elicitation.ts';
import type { Json } from '../../core/model/message.ts';
import type { Questions } from '../port/tool.ts';
import { questionOf } from './question.ts';

/**
 * A call that the server has ended with what it wants to know. `resume` is an object where the answers are sent with
 * the next call, and null where that call is all that the server waits for.
 */
export class Round {
  readonly requests: Readonly<Record<string, unknown>>;
  readonly resume: { requestState?: string } | null;
  constructor(requests: Record<string, unknown>, resume: Round['resume']) {
    this.requests = requests;
    this.resume = resume;
  }
}

/** What the next call brings along, beside what the first one did. */
export interface Resumed {
  inputResponses?: Record<string, ElicitResult>;
  requestState?: string;
}

/** The longest state that is kept for a server. */
const LONGEST_STATE = 65_536;

/** A server that has nothing to ask and wants to be called again is, so often and after so many milliseconds. */
const MOST_REPEATS = 10;
const REPEAT_AFTER = 250;

const request = z.object({ method: z.string(), params: z.unknown() });

/** As a result of the tool; a sentence when what the server wants cannot be had. */
export function questionsOf({ requests, resume }: Round, server: string): Questions | string {
  const questions: Inquiry[] = [];
  if (Object.keys(requests).length === 0)
    return `it wanted to be called again more than ${MOST_REPEATS} times`;
  for (const [key, wanted] of Object.entries(requests)) {
    const { data } = request.safeParse(wanted);
    if (data?.method !== 'elicitation/create')
      return `it asks for ${data?.method ?? 'nothing that is known'}`;
    const question = questionOf(key, server, data.params);
    if (typeof question === 'string') return question;
    questions.push(question);
  }
  const { requestState = '' } = resume ?? {};
  if (requestState.length > LONGEST_STATE) {
    return `it wants ${requestState.length} characters to be kept for it, ${LONGEST_STATE} are the most`;
  }
  const pages = questions.flatMap(({ key, url }) => (url === undefined ? [] : [key]));
  const kept: Json = resume && { ...resume, pages };
  return { type: 'questions', questions, resume: kept };
}

const kept = z.object({ requestState: z.string().optional(), pages: z.array(z.string()) });

/** Of a call that is made again with what people said. */
export function resumedBy({ resume, given }: Answers): Resumed {
  const { data } = kept.safeParse(resume);
  if (!data) return {};
  const { requestState, pages } = data;
  const responses = given.map((answer) => [answer.key, resultOf(answer, pages.includes(answer.key))]);
  return {
    inputResponses: Object.fromEntries(responses),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** How servers are told what people said. */
export function resultOf({ decision, content }: Answer, page: boolean): ElicitResult {
  if (decision === 'denied') return { action: 'decline' };
  if (decision !== 'approved') return { action: 'cancel' };
  return page ? { action: 'accept' } : { action: 'accept', content: content ?? {} };
}

/** Calls until there is something to ask, or a result. */
export async function untilAsked<T>(
  call: (more: Resumed) => Promise<T | Round>,
  first: Resumed,
  signal: AbortSignal,
): Promise<T | Round> {
  let more = first;
  for (let repeats = 0; ; repeats += 1) {
    const result = await call(more);
    if (!(result instanceof Round) || Object.keys(result.requests).length > 0) return result;
    if (repeats >= MOST_REPEATS) return result;
    await pause(REPEAT_AFTER, undefined, { signal, ref: false });
    more = result.resume ?? {};
  }
}
