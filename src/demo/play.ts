import { keepTalking, type Sent, say } from './chatter.ts';
import { collect } from './collect.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import { disturb } from './disturb.ts';
import type { Facts } from './facts.ts';
import { CHATS, TASK, WORKER } from './story.ts';
import type { Telling } from './telling.ts';
import { Watch } from './watch.ts';

/** What has not happened by then, in ms, counts as broken. */
const LIMIT = 60_000;

/** Plays the story and returns what was observed; judges nothing. */
export async function play(daemon: DemoDaemon, telling: Telling): Promise<Facts> {
  const began = performance.now();
  const { client } = daemon;
  const limit = AbortSignal.timeout(LIMIT);
  const over = new AbortController();
  const sent: Sent[] = [];
  await daemon.up();
  telling.line('The daemon serves. From now on five people chat with it all the time.');
  const talking = CHATS.map((name) => keepTalking(client, name, sent, over.signal, limit));
  await say(client, WORKER, { id: 'task', text: TASK, agent: 'worker' }, sent, limit);
  telling.line(`A client follows one more session, which gets a longer task: "${TASK}"`);
  const watch = new Watch();
  const signal = AbortSignal.any([limit, over.signal]);
  const watching = watch.run(client, WORKER, signal, (item) => telling.worker(item));
  const turn = watch.until((item) =>
    item.kind === 'event' && item.event.type === 'turn_finished' ? true : undefined,
  );
  const disturbed = await disturb({ daemon, watch, telling, sent, limit });
  await turn;
  over.abort();
  await Promise.all([...talking, watching]);
  const found = await collect(daemon, [WORKER, ...CHATS]);
  return { ...found, ...disturbed, sent, followed: watch.events, total: performance.now() - began };
}
