import { z } from 'zod';
import { PositionGoneError } from '../../../errors/http.ts';
import { toWireEvent } from '../../../protocol/content.ts';
import { feedFilter, feedPage } from '../../../protocol/events.ts';
import { PAGE_LIMIT, pageLimit } from '../../../protocol/fields.ts';
import type { Position } from '../../../protocol/ids/position.ts';
import type { ScopedSessions } from '../../../sessions/scope/scoped.ts';
import type { FeedRequest } from '../../../sessions/sessions.ts';
import { encodeFeedItem } from '../../answers/frames.ts';
import { declareRoute } from '../../request/route-facts.ts';
import { problemResponses, type RouteContext } from '../shared.ts';
import { answerStream, resolveStart, wantsStream } from './open-stream.ts';

/** The route of the feed: the events of all sessions that the caller may read. */
export function feedRoute(context: RouteContext): void {
  context.app.openapi(route, async (c) => {
    const sessions = c.get('sessions');
    const { limit, ...query } = c.req.valid('query');
    const request = { ...filterOf(query), limit: Math.min(limit, PAGE_LIMIT) };
    if (!wantsStream(c)) {
      await checkFeedPosition(sessions, { store: sessions.store, seq: query.after });
      const { events, ...page } = await sessions.readFeed(request);
      return c.json(
        { events: events.map((each) => ({ ...each, event: toWireEvent(each.event) })), ...page },
        200,
      );
    }
    const start = resolveStart(c.req.header('last-event-id'), query.after, sessions.store);
    const after = await checkFeedPosition(sessions, start);
    return answerStream(context, c, {
      after,
      follow: (signal) => sessions.followFeed({ ...request, after }, signal),
      encode: encodeFeedItem,
    });
  });
}

function filterOf({ after, prefix, type }: z.infer<typeof feedFilter>): Omit<FeedRequest, 'limit'> {
  return {
    after,
    ...(prefix === undefined ? {} : { prefix }),
    ...(type === undefined ? {} : { types: type }),
  };
}

/** Returns the position if the feed has it. Throws PositionGoneError, because it would look like "no new events". */
async function checkFeedPosition(sessions: ScopedSessions, { store, seq }: Position): Promise<number> {
  const end = await sessions.findFeedEnd();
  if (store !== sessions.store)
    throw new PositionGoneError('it belongs to another store', sessions.store, end);
  if (seq > end)
    throw new PositionGoneError(`it is ${seq}, and the feed ends at ${end}`, sessions.store, end);
  return seq;
}

const route = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/events',
  operationId: 'readFeed',
  summary: 'Read or follow the events of all sessions',
  description: [
    'Answers a JSON page of the events of all sessions that the caller may read, in the order in which they were stored.',
    'A page is complete up to `next`, but may be short or empty because of the filter; there is more while `next` is lower than `end`.',
    'With `Accept: text/event-stream` it streams every event after the position, once and in order, and then new events.',
    'Events have `id: <store>.<position>`, `event: <type>` and the event with its position, session and agent as `data`; an id without data moves the position of a client whose filter matches little.',
    'The last event of a stream is `reconnect` or `problem`, as in the stream of one session.',
    'Positions stay valid across restarts. A position that cannot be followed is answered with 410 `position_gone`.',
  ].join(' '),
  request: {
    query: feedFilter.extend({ limit: pageLimit }),
    headers: z.object({
      'last-event-id': z.string().optional().meta({
        description: 'Id of the last event that the client has seen; takes precedence over `after`.',
      }),
    }),
  },
  responses: {
    200: {
      description: 'A page of events, or the stream.',
      content: { 'application/json': { schema: feedPage }, 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses,
  },
});
