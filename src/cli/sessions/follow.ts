import { createClient } from '../../client/client.ts';
import type { FollowedItem } from '../../client/follow.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { formatJson, print } from '../../terminal/output.ts';
import { PlainScreen } from '../chat/screen/screen.ts';
import { EventView } from '../chat/view/view.ts';
import type { CliContext } from '../kit/context.ts';

/** Prints the events of a session until the process is interrupted. With `--json`, one durable event per line. */
export async function runFollow(
  { target, json }: CliContext,
  session: string,
  after?: number,
): Promise<void> {
  const client = createClient(target);
  const { seq } = await client.getSession(session);
  const { signal } = new AbortController();
  const items = followThroughOutages(client, session, after ?? seq, signal, () => {});
  if (json) return printEvents(items);
  const screen = new PlainScreen();
  const view = new EventView({ isOwn: () => false, now: Date.now });
  for await (const item of items) screen.showText(view.renderItem(item));
}

async function printEvents(items: AsyncIterable<FollowedItem>): Promise<void> {
  for await (const item of items) if (item.kind === 'event') print(formatJson(item.event));
}
