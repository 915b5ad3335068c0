import { type Change, handoverChange, inForce, liveChange } from './changes.ts';
import { acceptedSoFar, type Scene, seconds, statusWhen } from './scene.ts';

/** Prints when the agent's configuration changes take effect; resolves once the second one has passed its trial. */
export async function followChanges(scene: Scene): Promise<void> {
  await tell(liveChange, 'in the same process', scene);
  await tell(handoverChange, 'in a new process, tests running', scene);
  await statusWhen(scene, ({ revision }) => revision.number > 2 && revision.state === 'good');
  scene.telling.line(`The new configuration has passed its trial; ${acceptedSoFar(scene)}`, 'green');
}

async function tell(change: Change, how: string, { watch, telling }: Scene): Promise<void> {
  const found = await watch.known((events) => inForce(events, change));
  if (!found) return;
  const { savedAt, step } = found;
  const took = seconds(step.at - savedAt);
  telling.line(
    `${took} after the save, generation ${step.generation} runs revision ${step.revision} ${how}`,
    'green',
  );
}
