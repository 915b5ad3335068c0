import { followFeedThroughOutages } from '../../client/follow-patiently.ts';
import type { FeedSelection } from '../../client/index.ts';
import { createNodeClient } from '../../client/node.ts';
import { UsageError } from '../../errors/cli.ts';
import { feedFilter, type WireFeedEvent } from '../../protocol/events.ts';
import { formatJson, print } from '../../terminal/output.ts';
import { toVisibleText } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';

export interface EventsOptions {
  after?: number;
  limit: number;
  follow?: boolean;
  prefix?: string;
  type?: string;
}

/** Largest page that is requested at once. */
const PAGE_LIMIT = 500;

/**
 * Prints the events of all sessions in the order in which they were stored, one on each line: from a position on, or the
 * latest ones. With `follow` it continues until the process is interrupted. Rejects with UsageError for an unknown type.
 */
export async function printEvents(cli: CliContext, options: EventsOptions): Promise<void> {
  const { after: asked, limit, follow = false } = options;
  const filter = readFilter(options);
  const client = createNodeClient(cli.target);
  const { end } = await client.readFeed({ limit: 1 });
  let after = asked ?? Math.max(0, follow ? end : end - limit);
  for (let left = limit; !follow && left > 0 && after < end; ) {
    const page = await client.readFeed({ ...filter, after, limit: Math.min(left, PAGE_LIMIT) });
    for (const event of page.events) printEvent(event, cli.json);
    left -= page.events.length;
    after = page.next;
  }
  if (follow) await printFollowed(cli, { ...filter, after });
}

function readFilter({ prefix, type }: EventsOptions): FeedSelection {
  const types = feedFilter.shape.type.safeParse(type);
  if (!types.success) throw new UsageError(`"${type}" has a name that is no type of event`);
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(types.data === undefined ? {} : { types: types.data }),
  };
}

async function printFollowed(cli: CliContext, query: FeedSelection): Promise<void> {
  const { signal } = new AbortController();
  for await (const item of followFeedThroughOutages(createNodeClient(cli.target), query, signal)) {
    if (item.kind === 'event') printEvent(item, cli.json);
  }
}

function printEvent({ position, session, agent, event }: WireFeedEvent, json: boolean): void {
  const line = json
    ? formatJson({ position, session, agent, event })
    : `${position}  ${new Date(event.at).toISOString()}  ${toVisibleText(session)}  ${event.type}`;
  print(line);
}
