import type { Context } from 'hono';
import { InvalidRequestError, TooManyStreamsError } from '../../../errors/http.ts';
import { type Position, parsePosition } from '../../../protocol/ids/position.ts';
import { EventStream } from '../../answers/event-stream.ts';
import type { EventFrame } from '../../answers/frames.ts';
import { toProblem } from '../../answers/problems.ts';
import type { ApiEnv } from '../../ports/deps.ts';
import type { RouteContext } from '../shared.ts';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Buffering proxies would hold events back.
  'x-accel-buffering': 'no',
};

/** What a stream sends: the items of a source after a position, until the signal aborts. */
interface StreamSource<Item> {
  after: number;
  follow(signal: AbortSignal): AsyncIterable<Item>;
  encode(item: Item, store: string): EventFrame;
}

/** Returns whether the client asks for server-sent events instead of a JSON page. */
export function wantsStream(c: Context): boolean {
  return /\btext\/event-stream\b/i.test(c.req.header('accept') ?? '');
}

/** Answers with a stream of server-sent events. Throws TooManyStreamsError. */
export function answerStream<Item>(
  context: RouteContext,
  c: Context<ApiEnv>,
  { after, follow, encode }: StreamSource<Item>,
) {
  const { deps, limits, streams, draining } = context;
  if (streams.size >= limits.streams) throw new TooManyStreamsError(limits.streams);
  // No client reads the body of an answer to HEAD, so the stream would never end.
  if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS);
  const { outgoing } = c.env;
  const following = new AbortController();
  const { store } = deps.sessions;
  const stream = new EventStream(follow(following.signal), {
    after,
    heartbeat: limits.heartbeat,
    encode: (item) => encode(item, store),
    explain: (error) => JSON.stringify(toProblem(error, deps.log)),
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
  return c.body(stream.body, 200, STREAM_HEADERS);
}

/**
 * Returns the position to start from. `Last-Event-ID` wins over `after`, because a reconnecting browser repeats its
 * first URL. Throws InvalidRequestError.
 */
export function resolveStart(lastEventId: string | undefined, after: number, store: string): Position {
  if (!lastEventId) return { store, seq: after };
  const position = parsePosition(lastEventId);
  if (position) return position;
  const problem = 'not a position; send the id of an event as it came';
  throw new InvalidRequestError([{ where: 'header', field: 'last-event-id', problem }]);
}
