import { keepSending, sendUntilAccepted, type TrackedMessage } from './chatter.ts';
import { collectFacts } from './collect.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import { disturbDaemon } from './disturb.ts';
import type { DemoFacts } from './facts.ts';
import { CHATS, TASK, WORKER } from './story.ts';
import type { StoryPrinter } from './telling.ts';
import { SessionWatcher } from './watch.ts';

/** Time limit of the whole story in ms; whatever has not happened by then counts as a broken promise. */
const STORY_LIMIT = 60_000;

/** Plays the story against the daemon and resolves with the observations. It does not rate them. */
export async function playStory(daemon: DemoDaemon, telling: StoryPrinter): Promise<DemoFacts> {
  const began = performance.now();
  const { client } = daemon;
  const limit = AbortSignal.timeout(STORY_LIMIT);
  const over = new AbortController();
  const sent: TrackedMessage[] = [];
  await daemon.startUp();
  telling.printLine('The daemon is up. From now on, five clients chat with it without a pause.');
  const talking = CHATS.map((name) => keepSending(client, name, sent, over.signal, limit));
  await sendUntilAccepted(client, WORKER, { id: 'task', text: TASK, agent: 'worker' }, sent, limit);
  telling.printLine(`A sixth session gets a longer task, and a client follows it: "${TASK}"`);
  const watch = new SessionWatcher();
  const signal = AbortSignal.any([limit, over.signal]);
  const watching = watch.followSession(client, WORKER, signal, (changes) =>
    telling.printWorkerChanges(changes),
  );
  const turn = watch.waitFor(({ conversation }) =>
    conversation.entries.find(({ kind }) => kind === 'ending'),
  );
  const disturbed = await disturbDaemon({ daemon, watcher: watch, printer: telling, sent, limit });
  await turn;
  over.abort();
  await Promise.all([...talking, watching]);
  const found = await collectFacts(daemon, [WORKER, ...CHATS]);
  return { ...found, ...disturbed, sent, followed: watch.eventCount, total: performance.now() - began };
}
