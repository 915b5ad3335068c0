/**
 * Sends one message to a session and shows what happens, also while the daemon restarts:
 *
 *     node chat.ts http://127.0.0.1:7717 my-session "What is open?"
 *
 * Everything comes from `midturn/client`, which runs in browsers, Deno and Bun as well.
 */
import {
  type Conversation,
  type ConversationItem,
  createClient,
  createConversation,
  type EntryChange,
  evolveConversation,
  followThroughOutages,
  isSettled,
  listChanges,
} from 'midturn/client';

const [url = 'http://127.0.0.1:7717', session = 'example', text = 'Hello'] = process.argv.slice(2);
const client = createClient({ url });
const stop = new AbortController();

// With an id of its own, the message is stored once, however often it is sent.
const message = { id: crypto.randomUUID(), text };
const { seq } = await client.sendMessage(session, message);

let view: Conversation = createConversation(session, seq);
for await (const item of followThroughOutages(client, session, seq, stop.signal, reportOutage)) show(item);

/** Folds what has arrived into the conversation, and prints what that has changed. */
function show(item: ConversationItem): void {
  const before = view;
  view = evolveConversation(view, item);
  for (const change of listChanges(before, view)) print(change);
}

function print({ before, after: entry }: EntryChange): void {
  switch (entry.kind) {
    case 'answer': {
      const shown = before?.kind === 'answer' ? before.text.length : 0;
      process.stdout.write(entry.text.slice(shown) + (entry.state === 'running' ? '' : '\n'));
      break;
    }
    case 'call':
      if (entry.endedAt !== null) console.log(`[${entry.tool}: ${entry.state}]`);
      break;
    case 'notice':
      if (entry.notice === 'restart') console.log('[the daemon restarted; resuming]');
      break;
    case 'message':
      if (entry.id === message.id && isSettled(entry)) stop.abort();
  }
}

function reportOutage(): void {
  console.error('The daemon does not answer; trying again.');
}
