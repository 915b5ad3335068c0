import { createConversation } from '../../client/conversation/conversation.ts';
import type { FollowedItem } from '../../client/conversation/item.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { createNodeClient } from '../../client/node.ts';
import { formatJson, print } from '../../terminal/output.ts';
import { PlainScreen } from '../chat/screen/screen.ts';
import { ConversationView } from '../chat/view/view.ts';
import type { CliContext } from '../kit/context.ts';

/** Prints the events of a session until the process is interrupted. With `--json`, one durable event per line. */
export async function runFollow(
  { target, json }: CliContext,
  session: string,
  after?: number,
): Promise<void> {
  const client = createNodeClient(target);
  const { seq } = await client.getSession(session);
  const { signal } = new AbortController();
  const start = after ?? seq;
  const items = followThroughOutages(client, session, start, signal, () => {});
  if (json) return printEvents(items);
  const screen = new PlainScreen();
  const view = new ConversationView(createConversation(session, start));
  for await (const item of items) screen.showText(view.takeItem(item).pieces);
}

async function printEvents(items: AsyncIterable<FollowedItem>): Promise<void> {
  for await (const item of items) if (item.kind === 'event') print(formatJson(item.event));
}
