import { setTimeout as delay } from 'node:timers/promises';
import type { FollowedItem } from '../../protocol/client/follow.ts';
import type { Sent } from './chatter.ts';
import { linesOf } from './collect.ts';
import type { DemoDaemon } from './daemon.ts';
import type { Kill } from './facts.ts';
import { COUNT_TO, COUNTS, LONG_ANSWER } from './story.ts';
import type { Telling } from './telling.ts';
import type { Watch } from './watch.ts';

interface Scene {
  daemon: DemoDaemon;
  watch: Watch;
  telling: Telling;
  sent: readonly Sent[];
  limit: AbortSignal;
}

/** Characters of the long answer that are on the screen when everything is killed. */
const INTO_ANSWER = 70;

/** Kills the generation in the middle of a shell command, and later everything in the middle of an answer. */
export async function disturb(scene: Scene): Promise<Kill[]> {
  const { daemon, watch, telling } = scene;
  const reached = await countReaches(Math.floor(COUNT_TO / 2), scene);
  const first: Kill = { what: 'generation', generation: watch.generation, at: daemon.killGeneration() };
  telling.line(
    `kill -9 of the process that runs the sessions; the tests have just begun part ${reached} of ${COUNT_TO}`,
    'red',
  );
  await tellRecovery(first, scene);
  await watch.until((item) => isDeepInAnswer(item) || undefined);
  const second: Kill = {
    what: 'everything',
    generation: watch.generation,
    at: await daemon.killEverything(),
  };
  telling.line('kill -9 of everything, in the middle of a sentence; then `midturn up` again', 'red');
  const recovered = tellRecovery(second, scene);
  await daemon.up();
  await recovered;
  return [first, second];
}

/** The shell command counts into a file. Returns the count that was found. */
async function countReaches(goal: number, { daemon, limit }: Scene): Promise<number> {
  for (;;) {
    const { length } = linesOf(daemon, COUNTS);
    if (length >= goal || limit.aborted) return length;
    await delay(20);
  }
}

/** Or past it: the kill comes in any case. */
function isDeepInAnswer(item: FollowedItem): boolean {
  if (item.kind === 'delta') return item.delta.step === LONG_ANSWER && item.delta.offset > INTO_ANSWER;
  return item.kind === 'event' && item.event.type === 'model_call_finished' && item.event.step >= LONG_ANSWER;
}

async function tellRecovery(kill: Kill, { watch, telling, sent }: Scene): Promise<void> {
  const step = await watch.nextGeneration(kill.generation);
  if (!step) return;
  const seconds = ((step.at - kill.at) / 1000).toFixed(2);
  const what = step.type === 'tool_call_started' ? 'picks the tests up' : 'asks the model again';
  const accepted = sent.filter((message) => message.accepted !== null).length;
  const refused = sent.filter((message) => message.refused).length;
  telling.line(
    `${seconds} s later generation ${step.generation} ${what}; so far ${accepted} messages accepted, ${refused} refused`,
    'green',
  );
}
