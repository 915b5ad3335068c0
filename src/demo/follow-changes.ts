import { type DemoChange, findAppliedChange, handoverChange, liveChange } from './changes.ts';
import { describeAccepted, formatSeconds, type Scene, waitForStatus } from './scene.ts';

/** Prints when the agent's configuration changes take effect; resolves once the second one has passed its trial. */
export async function followChanges(scene: Scene): Promise<void> {
  await tellChange(liveChange, 'in the same process', scene);
  await tellChange(handoverChange, 'in a new process, tests running', scene);
  await waitForStatus(scene, ({ revision }) => revision.number > 2 && revision.state === 'good');
  scene.printer.printLine(`The new configuration has passed its trial; ${describeAccepted(scene)}`, 'green');
}

async function tellChange(
  change: DemoChange,
  how: string,
  { watcher: watch, printer: telling }: Scene,
): Promise<void> {
  const found = await watch.waitFor((seen) => findAppliedChange(seen, change));
  if (!found) return;
  const { savedAt, step } = found;
  const took = formatSeconds(step.at - savedAt);
  telling.printLine(
    `${took} after the save, generation ${step.generation} runs revision ${step.revision} ${how}`,
    'green',
  );
}
