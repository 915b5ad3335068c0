import { z } from 'zod';
import { PositionGoneError } from '../../../errors/http.ts';
import { toWireEvent } from '../../../protocol/content.ts';
import { eventPage } from '../../../protocol/events.ts';
import { afterSeq, pageLimit } from '../../../protocol/fields.ts';
import type { ScopedSessions } from '../../../sessions/scope/scoped.ts';
import { encodeFollowed } from '../../answers/frames.ts';
import { declareRoute } from '../../request/route-facts.ts';
import { findRow, problemResponses, type RouteContext, readListPage, sessionPath } from '../shared.ts';
import { answerStream, resolveStart, wantsStream } from './open-stream.ts';

export function eventRoutes(context: RouteContext): void {
  context.app.openapi(eventsRoute, async (c) => {
    const sessions = c.get('sessions');
    const { session } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    if (!wantsStream(c)) {
      await checkPosition(sessions, session, after);
      const page = await readListPage(limit, (size) => sessions.readEvents(session, after, size));
      const { items, last } = page;
      return c.json({ events: items.map(toWireEvent), ...(last ? { next: last.seq } : {}) }, 200);
    }
    const start = resolveStart(c.req.header('last-event-id'), after, sessions.store);
    const from = await checkPosition(sessions, session, start.seq, start.store);
    return answerStream(context, c, {
      after: from,
      follow: (signal) => sessions.followSession(session, from, signal),
      encode: encodeFollowed,
    });
  });
}

/**
 * Checks a position before the stream starts. A position that cannot be followed would look like "no new
 * events", so it throws PositionGoneError.
 */
async function checkPosition(
  sessions: ScopedSessions,
  session: string,
  seq: number,
  store = sessions.store,
): Promise<number> {
  const row = await findRow(sessions, session);
  if (store !== sessions.store) {
    throw new PositionGoneError('it belongs to another store', sessions.store, row.seq);
  }
  if (seq > row.seq) {
    const why = `it is ${seq}, and the session's journal ends at ${row.seq}`;
    throw new PositionGoneError(why, sessions.store, row.seq);
  }
  return seq;
}

const eventsRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}/events',
  operationId: 'readEvents',
  summary: 'Read or follow the events',
  description: [
    'Answers a JSON page. With `Accept: text/event-stream` it streams every event after the position, once and in order, and then new events.',
    'Durable events have `id: <store>.<seq>`, `event: <type>` and the event as `data`; `delta` events are pieces of the answer that the model is writing; `delta.reasoning`, `delta.tool_input` and `delta.tool_status` are pieces of its reasoning, of the arguments of its tool calls, and the progress of running calls. They have no id.',
    'The last event of a stream is `reconnect` with `{"after": seq}`, which asks the client to reconnect at once, or `problem`, which has the reason of a failure.',
    'Positions stay valid across restarts. A position that cannot be followed is answered with 410 `position_gone`.',
  ].join(' '),
  request: {
    params: sessionPath,
    query: z.strictObject({ after: afterSeq, limit: pageLimit }),
    headers: z.object({
      'last-event-id': z.string().optional().meta({
        description: 'Id of the last event that the client has seen; takes precedence over `after`.',
      }),
    }),
  },
  responses: {
    200: {
      description: 'A page of events, or the stream.',
      content: { 'application/json': { schema: eventPage }, 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses,
  },
});
