import { connect } from '../../client/client.ts';
import type { FollowedItem } from '../../client/follow.ts';
import { followPatiently } from '../../client/follow-patiently.ts';
import { jsonText, print } from '../../terminal/output.ts';
import { PlainScreen } from '../chat/screen/screen.ts';
import { View } from '../chat/view/view.ts';
import type { Cli } from '../kit/context.ts';

/** Prints the events of a session until the process is interrupted. With `--json`, one durable event per line. */
export async function followSession({ target, json }: Cli, session: string, after?: number): Promise<void> {
  const client = connect(target);
  const { seq } = await client.session(session);
  const { signal } = new AbortController();
  const items = followPatiently(client, session, after ?? seq, signal, () => {});
  if (json) return printEvents(items);
  const screen = new PlainScreen();
  const view = new View({ isOwn: () => false, now: Date.now });
  for await (const item of items) screen.show(view.take(item));
}

async function printEvents(items: AsyncIterable<FollowedItem>): Promise<void> {
  for await (const item of items) if (item.kind === 'event') print(jsonText(item.event));
}
