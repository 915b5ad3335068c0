import { type Change, handoverChange, inForce, liveChange } from './changes.ts';
import { acceptedSoFar, type Scene, seconds, statusWhen } from './scene.ts';

/** Tells how the agent's changes of its own configuration come into force; resolves when both have proved themselves. */
export async function followChanges(scene: Scene): Promise<void> {
  await tell(liveChange, 'without a new process', scene);
  await tell(handoverChange, 'a new process; the tests run on', scene);
  await statusWhen(scene, ({ revision }) => revision.number > 2 && revision.state === 'good');
  scene.telling.line(`It has passed its trial of a second; ${acceptedSoFar(scene)}`, 'green');
}

async function tell(change: Change, how: string, { watch, telling }: Scene): Promise<void> {
  const found = await watch.known((events) => inForce(events, change));
  if (!found) return;
  const { savedAt, step } = found;
  const took = seconds(step.at - savedAt);
  telling.line(
    `${took} after the save generation ${step.generation} runs revision ${step.revision}, ${how}`,
    'green',
  );
}
