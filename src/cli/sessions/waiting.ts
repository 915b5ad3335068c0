import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { NoAnswerYetError } from '../../errors/cli.ts';
import { ConnectionLostError } from '../../errors/http.ts';
import type { WireEvent } from '../../protocol/events.ts';
import type { InquiryBody } from '../../protocol/inquiries.ts';
import type { AnswerBody, NewMessageBody } from '../../protocol/messages.ts';
import { printError } from '../../terminal/output.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import { OpenQuestions } from '../chat/view/questions.ts';

/** Milliseconds between two requests for the answer. */
const POLL_INTERVAL = 200;

type IdentifiedMessage = NewMessageBody & { id: string };

/** Sends a message and waits for the answer. With `tell`, prints on stderr when the turn waits for an approver. */
export async function waitForAnswer(
  client: Client,
  session: string,
  message: IdentifiedMessage,
  { seconds, tell }: { seconds: number; tell: boolean },
): Promise<AnswerBody> {
  const over = new AbortController();
  const questions = new OpenQuestions();
  const stored = (seq: number) => void watchQuestions(client, session, seq, questions, tell, over.signal);
  try {
    return await pollForAnswer(client, session, message, seconds, { stored, questions });
  } finally {
    over.abort();
  }
}

/** Watches the session for open questions. Never rejects: the wait for the answer reports the same error. */
async function watchQuestions(
  client: Client,
  session: string,
  after: number,
  questions: OpenQuestions,
  tell: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const item of followThroughOutages(client, session, after, signal, () => {})) {
      const asked = item.kind === 'event' ? trackQuestion(item.event, questions) : undefined;
      if (asked && tell) printError(describePendingQuestion(asked));
    }
  } catch {
    // The session can no longer be followed; the wait for the answer fails for the same reason and reports it.
  }
}

/** The members of a pending question that the notice on stderr needs. */
interface PendingQuestion {
  approval: string;
  rule: string;
  inquiry?: InquiryBody | null | undefined;
}

/** Updates the open questions with an event, and returns the question if the event asks one. */
function trackQuestion(event: WireEvent, questions: OpenQuestions): PendingQuestion | undefined {
  if (event.type === 'approval_resolved') questions.handleResolved(event);
  if (event.type === 'input_received' && event.input.kind === 'question') {
    const { question } = event.input;
    questions.handleRelayed(event.input);
    return question.state === 'pending' ? question : undefined;
  }
  if (event.type !== 'approval_requested') return undefined;
  questions.handleRequested(event, { tool: event.rule });
  return event;
}

function describePendingQuestion({ approval: id, rule, inquiry }: PendingQuestion): string {
  if (inquiry) {
    return `Waiting for an answer to ${toVisibleLine(inquiry.asker)}: ${toVisibleLine(inquiry.message)} See \`midturn approvals show ${id}\`, then approve it with the answer, or deny it.`;
  }
  return `Waiting for approval of ${toVisibleLine(rule)}. See \`midturn approvals show ${id}\`, then approve or deny it.`;
}

async function pollForAnswer(
  client: Client,
  session: string,
  message: IdentifiedMessage,
  seconds: number,
  { stored, questions }: { stored(seq: number): void; questions: OpenQuestions },
): Promise<AnswerBody> {
  const deadline = performance.now() + seconds * 1000;
  const left = () => Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
  for (let known = false; ; known = true) {
    const wait = () => client.sendAndWait(session, message, known ? left() : 0);
    const sent = await retryWhileAway(wait, deadline, known);
    if ('outcome' in sent) return sent;
    if (!known) stored(sent.seq);
    if (left() === 0) throw new NoAnswerYetError(session, message.id, seconds, questions.openIds);
    if (known) await delay(POLL_INTERVAL);
  }
}

/**
 * Retries a request while the daemon restarts; the message's id makes the repetition safe. A daemon that has never
 * answered is not waited for: the first failure is rethrown.
 */
async function retryWhileAway<T>(attempt: () => Promise<T>, deadline: number, known: boolean): Promise<T> {
  for (let met = known; ; ) {
    try {
      return await attempt();
    } catch (error) {
      met ||= error instanceof ConnectionLostError;
      if (!met || !isRetryable(error) || performance.now() >= deadline) throw error;
      await delay(POLL_INTERVAL);
    }
  }
}
