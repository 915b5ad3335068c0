import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { listChanges } from '../../client/conversation/changes.ts';
import {
  type Conversation,
  createConversation,
  listOpenQuestions,
} from '../../client/conversation/conversation.ts';
import type { QuestionEntry } from '../../client/conversation/entries.ts';
import { evolveConversation } from '../../client/conversation/evolve.ts';
import type { FollowedItem } from '../../client/conversation/item.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { NoAnswerYetError } from '../../errors/cli.ts';
import { ConnectionLostError } from '../../errors/http.ts';
import type { AnswerBody, NewMessageBody } from '../../protocol/messages.ts';
import { printError } from '../../terminal/output.ts';
import { toVisibleLine } from '../../util/visible-text.ts';

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
  const watch = new QuestionWatch(client, session, tell);
  const stored = (seq: number) => void watch.followQuestions(seq, over.signal);
  try {
    return await pollForAnswer(client, session, message, seconds, { stored, watch });
  } finally {
    over.abort();
  }
}

/** The open questions of a session while a message waits for its answer. */
class QuestionWatch {
  readonly #client: Client;
  readonly #tell: boolean;
  #conversation: Conversation;

  constructor(client: Client, session: string, tell: boolean) {
    this.#client = client;
    this.#tell = tell;
    this.#conversation = createConversation(session);
  }

  get openIds(): string[] {
    return listOpenQuestions(this.#conversation).map(({ approval }) => approval);
  }

  /** Follows the session. Never rejects: the wait for the answer reports the same error. */
  async followQuestions(after: number, signal: AbortSignal): Promise<void> {
    const { session } = this.#conversation;
    try {
      for await (const item of followThroughOutages(this.#client, session, after, signal, () => {}))
        this.#takeItem(item);
    } catch {
      // The session can no longer be followed; the wait for the answer fails for the same reason and reports it.
    }
  }

  #takeItem(item: FollowedItem): void {
    const next = evolveConversation(this.#conversation, item);
    for (const { before, after } of listChanges(this.#conversation, next)) {
      if (this.#tell && !before && after.kind === 'question' && after.state === 'open')
        printError(describeQuestion(after));
    }
    this.#conversation = next;
  }
}

function describeQuestion({ approval: id, rule, inquiry }: QuestionEntry): string {
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
  { stored, watch }: { stored(seq: number): void; watch: QuestionWatch },
): Promise<AnswerBody> {
  const deadline = performance.now() + seconds * 1000;
  const left = () => Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
  for (let known = false; ; known = true) {
    const wait = () => client.sendAndWait(session, message, known ? left() : 0);
    const sent = await retryWhileAway(wait, deadline, known);
    if ('outcome' in sent) return sent;
    if (!known) stored(sent.seq);
    if (left() === 0) throw new NoAnswerYetError(session, message.id, seconds, watch.openIds);
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
