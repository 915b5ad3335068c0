import { z } from 'zod';
import { InvalidRequestError, PositionGoneError, TooManyStreamsError } from '../../errors/http.ts';
import { toWireEvent } from '../../protocol/content.ts';
import { eventPage } from '../../protocol/events.ts';
import { afterSeq, pageLimit } from '../../protocol/fields.ts';
import { parsePosition } from '../../protocol/ids/position.ts';
import { EventStream } from '../answers/event-stream.ts';
import { toProblem } from '../answers/problems.ts';
import type { RequestConnection } from '../ports/deps.ts';
import { declareRoute } from '../request/route-facts.ts';
import { findRow, problemResponses, type RouteContext, readListPage, sessionPath } from './shared.ts';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Buffering proxies would hold events back.
  'x-accel-buffering': 'no',
};

export function eventRoutes(context: RouteContext): void {
  const { app, deps } = context;
  const streams = new Set<EventStream>();

  app.openapi(eventsRoute, async (c) => {
    const { session } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    if (!/\btext\/event-stream\b/i.test(c.req.header('accept') ?? '')) {
      await checkPosition(context, session, after);
      const page = await readListPage(limit, (size) => deps.sessions.readEvents(session, after, size));
      const { items, last } = page;
      return c.json({ events: items.map(toWireEvent), ...(last ? { next: last.seq } : {}) }, 200);
    }
    const from = await resolveStart(context, session, c.req.header('last-event-id'), after);
    if (streams.size >= context.limits.streams) throw new TooManyStreamsError(context.limits.streams);
    // No client reads the body of an answer to HEAD, so the stream would never end.
    if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS);
    return c.body(openStream(context, streams, c.env, session, from).body, 200, STREAM_HEADERS);
  });
}

function openStream(
  { deps, limits, draining }: RouteContext,
  streams: Set<EventStream>,
  { outgoing }: RequestConnection,
  session: string,
  after: number,
): EventStream {
  const { sessions, log } = deps;
  const following = new AbortController();
  const stream = new EventStream(sessions.followSession(session, after, following.signal), {
    store: sessions.store,
    after,
    heartbeat: limits.heartbeat,
    explain: (error) => JSON.stringify(toProblem(error, log)),
    cut: () => outgoing?.destroy(),
    ended() {
      following.abort();
      streams.delete(stream);
      closed();
    },
  });
  streams.add(stream);
  const closed = draining.addResponse(stream);
  outgoing?.setTimeout(limits.stalled, () => stream.cutOff());
  return stream;
}

/**
 * Returns the position to start from. `Last-Event-ID` wins over `after`, because a reconnecting browser
 * repeats its first URL. Throws InvalidRequestError.
 */
async function resolveStart(
  context: RouteContext,
  session: string,
  lastEventId: string | undefined,
  after: number,
): Promise<number> {
  if (!lastEventId) return checkPosition(context, session, after);
  const position = parsePosition(lastEventId);
  if (!position) {
    const problem = 'not a position; send the id of an event as it came';
    throw new InvalidRequestError([{ where: 'header', field: 'last-event-id', problem }]);
  }
  return checkPosition(context, session, position.seq, position.store);
}

/**
 * Checks a position before the stream starts. A position that cannot be followed would look like "no new
 * events", so it throws PositionGoneError.
 */
async function checkPosition(
  { deps: { sessions } }: RouteContext,
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
