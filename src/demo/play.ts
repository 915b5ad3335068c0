import { keepTalking, type Sent, say } from './chatter.ts';
import { collect } from './collect.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import { disturb } from './disturb.ts';
import type { Facts } from './facts.ts';
import { CHATS, TASK, WORKER } from './story.ts';
import type { Telling } from './telling.ts';
import { Watch } from './watch.ts';

/** Time limit of the whole story in ms; whatever has not happened by then counts as a broken promise. */
const LIMIT = 60_000;

/** Plays the story against the daemon and resolves with the observations. It does not rate them. */
export async function play(daemon: DemoDaemon, telling: Telling): Promise<Facts> {
  const began = performance.now();
  const { client } = daemon;
  const limit = AbortSignal.timeout(LIMIT);
  const over = new AbortController();
  const sent: Sent[] = [];
  await daemon.up();
  telling.line('The daemon is up. From now on, five clients chat with it without a pause.');
  const talking = CHATS.map((name) => keepTalking(client, name, sent, over.signal, limit));
  await say(client, WORKER, { id: 'task', text: TASK, agent: 'worker' }, sent, limit);
  telling.line(`A sixth session gets a longer task, and a client follows it: "${TASK}"`);
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
