import type { FollowedItem } from '../client/follow.ts';
import type { Kill } from './facts.ts';
import { acceptedSoFar, type Scene, seconds } from './scene.ts';
import { LONG_ANSWER } from './story.ts';

/** Number of characters of the long answer that have arrived when everything is killed. */
const INTO_ANSWER = 70;

export async function killGeneration(scene: Scene): Promise<Kill> {
  const { daemon, watch, telling } = scene;
  const kill: Kill = { what: 'generation', generation: watch.generation, at: daemon.killGeneration() };
  telling.line('kill -9 on the process that runs the sessions, in the middle of the tests', 'red');
  await tellRecovery(kill, 'picks up the tests', scene);
  return kill;
}

/** Kills all processes in the middle of the long answer and starts the daemon again. `resume` lets the worker reach it. */
export async function killEverything(scene: Scene, resume: () => void): Promise<Kill> {
  const { daemon, watch, telling } = scene;
  const deep = watch.until((item) => isDeepInAnswer(item) || undefined);
  resume();
  await deep;
  const kill: Kill = {
    what: 'everything',
    generation: watch.generation,
    at: await daemon.killEverything(),
  };
  telling.line('kill -9 on every process, in the middle of a sentence; then `midturn up` again', 'red');
  const recovered = tellRecovery(kill, 'asks the model again', scene);
  await daemon.up();
  await recovered;
  return kill;
}

/** Checks whether the long answer has reached the offset for the kill, or has already finished. */
function isDeepInAnswer(item: FollowedItem): boolean {
  if (item.kind === 'delta') return item.delta.step === LONG_ANSWER && item.delta.offset > INTO_ANSWER;
  return item.kind === 'event' && item.event.type === 'model_call_finished' && item.event.step >= LONG_ANSWER;
}

async function tellRecovery(kill: Kill, what: string, scene: Scene): Promise<void> {
  const step = await scene.watch.nextGeneration(kill.generation);
  if (!step) return;
  const took = seconds(step.at - kill.at);
  scene.telling.line(
    `${took} later, generation ${step.generation} ${what}; ${acceptedSoFar(scene)}`,
    'green',
  );
}
