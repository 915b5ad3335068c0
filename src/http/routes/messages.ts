import type { Context } from 'hono';
import { z } from 'zod';
import { afterSeq, pageLimit } from '../../protocol/fields.ts';
import {
  answer,
  cancelRequest,
  type NewMessageBody,
  newMessage,
  type ReceiptBody,
  receipt,
  transcriptPage,
} from '../../protocol/messages.ts';
import type { InputOutcome, NewMessage } from '../../sessions/sessions.ts';
import type { ApiEnv } from '../ports/deps.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { asPrincipal } from '../request/principal.ts';
import { declareRoute } from '../request/route-facts.ts';
import {
  jsonBody,
  jsonContent,
  problemResponses,
  type RouteContext,
  readListPage,
  sessionPath,
} from './shared.ts';

/** Longest time that a client may wait for the outcome, in seconds. */
const MAX_WAIT = 600;

export function messageRoutes(context: RouteContext): void {
  const { app } = context;

  app.openapi(sendRoute, async (c) => {
    const { session } = c.req.valid('param');
    const message = toNewMessage(asPrincipal(omitUndefined(c.req.valid('json')), c.get('principal')));
    const seconds = waitOf(c.req.header('prefer'));
    const accepted = await c.get('sessions').sendMessage(session, message);
    if (seconds === undefined) return c.json(accepted, 202);
    c.header('Preference-Applied', `wait=${seconds}`);
    const outcome = await awaitOutcome(context, accepted, seconds, c);
    return outcome ? c.json({ ...accepted, ...outcome }, 200) : c.json(accepted, 202);
  });

  app.openapi(cancelRoute, async (c) => {
    const { session } = c.req.valid('param');
    return c.json(
      await c
        .get('sessions')
        .cancelInputs(session, asPrincipal(omitUndefined(c.req.valid('json')), c.get('principal'))),
      202,
    );
  });

  app.openapi(transcriptRoute, async (c) => {
    const { session } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    const page = await readListPage(limit, (size) => c.get('sessions').readTranscript(session, after, size));
    const { items: messages, last } = page;
    return c.json({ messages, ...(last ? { next: last.seq } : {}) }, 200);
  });
}

/** Decodes the files that come inline. */
function toNewMessage({ text, content = [], ...rest }: NewMessageBody): NewMessage {
  const fields = omitUndefined(rest);
  if (text !== undefined) return { ...fields, text };
  const parts = content.map((part) => {
    if (!('data' in part)) return part;
    return { ...omitUndefined(part), data: Buffer.from(part.data, 'base64') };
  });
  return { ...fields, content: parts };
}

/**
 * Returns the seconds of `Prefer: wait=N`; `undefined` for a preference that cannot be read, which RFC 7240
 * says to ignore.
 */
function waitOf(prefer: string | undefined): number | undefined {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT);
}

/**
 * Waits for the outcome until the time is over, the client leaves or the drain starts; the turn itself
 * continues.
 */
async function awaitOutcome(
  { deps, draining }: RouteContext,
  { session, input, seq }: ReceiptBody,
  seconds: number,
  c: Context<ApiEnv>,
): Promise<InputOutcome | undefined> {
  const client = c.req.raw.signal;
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  const timer = setTimeout(stop, seconds * 1000);
  const closed = draining.addResponse({ endSoon: stop, cutOff: stop });
  client.addEventListener('abort', stop, { once: true });
  try {
    return await c.get('sessions').waitForOutcome(session, input, seq, waiting.signal);
  } catch (error) {
    // The message is already accepted; an error would make the client send it twice.
    deps.log.error({ session, input, error }, 'http:wait_failed');
    return undefined;
  } finally {
    clearTimeout(timer);
    closed();
    client.removeEventListener('abort', stop);
  }
}

const sendRoute = declareRoute({
  'x-access': 'write',
  'x-about': 'sessions',
  method: 'post',
  path: '/v1/sessions/{session}/messages',
  operationId: 'sendMessage',
  summary: 'Send a message',
  description:
    'Answers 202 once the message is on disk; creates the session. With `Prefer: wait=N` (seconds, at most 600) it answers 200 with the outcome when the turn ends in time, and otherwise 202. The turn continues when the client disconnects. When the message cannot be written, the answer is 503 `journal_unavailable` with `accepted: false`, or `accepted: "unknown"` when the disk failed during the write; then send the message again with the same id.',
  request: {
    params: sessionPath,
    headers: z.object({
      prefer: z.string().optional().meta({ description: '`wait=N` waits up to N seconds for the outcome.' }),
    }),
    ...jsonBody(newMessage, true),
  },
  responses: {
    200: jsonContent('The turn has ended.', answer),
    202: jsonContent('The message is on disk.', receipt),
    ...problemResponses,
  },
});

const cancelRoute = declareRoute({
  'x-access': 'write',
  'x-about': 'sessions',
  method: 'post',
  path: '/v1/sessions/{session}/cancel',
  operationId: 'cancelSession',
  summary: 'Cancel the work of a session',
  description:
    'Cancels every input that the session has accepted and not finished. Answers 202 once the cancel is on disk.',
  request: { params: sessionPath, ...jsonBody(cancelRequest) },
  responses: { 202: jsonContent('The cancel is on disk.', receipt), ...problemResponses },
});

const transcriptRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}/messages',
  operationId: 'readTranscript',
  summary: 'Read the transcript',
  request: { params: sessionPath, query: z.strictObject({ after: afterSeq, limit: pageLimit }) },
  responses: { 200: jsonContent('A page of the conversation.', transcriptPage), ...problemResponses },
});
