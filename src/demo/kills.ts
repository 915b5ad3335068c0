import type { DaemonKill } from './facts.ts';
import type { ReadSession } from './journal.ts';
import { describeAccepted, formatSeconds, type Scene } from './scene.ts';
import { LONG_ANSWER } from './story.ts';

/** Number of characters of the long answer that have arrived when everything is killed. */
const ANSWER_OFFSET = 70;

export async function playGenerationKill(scene: Scene): Promise<DaemonKill> {
  const { daemon, watcher: watch, printer: telling } = scene;
  const kill: DaemonKill = { what: 'generation', generation: watch.generation, at: daemon.killGeneration() };
  telling.printLine('kill -9 on the process that runs the sessions, in the middle of the tests', 'red');
  await tellRecovery(kill, 'picks up the tests', scene);
  return kill;
}

/** Kills all processes in the middle of the long answer and starts the daemon again. `resume` lets the worker reach it. */
export async function playFullKill(scene: Scene, resume: () => void): Promise<DaemonKill> {
  const { daemon, watcher: watch, printer: telling } = scene;
  const deep = watch.waitFor((seen) => isDeepInAnswer(seen) || undefined);
  resume();
  await deep;
  const kill: DaemonKill = {
    what: 'everything',
    generation: watch.generation,
    at: await daemon.killEverything(),
  };
  telling.printLine('kill -9 on every process, in the middle of a sentence; then `midturn up` again', 'red');
  const recovered = tellRecovery(kill, 'asks the model again', scene);
  await daemon.startUp();
  await recovered;
  return kill;
}

/** Checks whether the long answer has reached the offset for the kill, or has already finished. */
function isDeepInAnswer({ conversation }: ReadSession): boolean {
  return conversation.entries
    .filter((entry) => entry.kind === 'answer')
    .some(
      ({ step, text, state }) =>
        step === LONG_ANSWER && (text.length > ANSWER_OFFSET || state === 'finished'),
    );
}

async function tellRecovery(kill: DaemonKill, what: string, scene: Scene): Promise<void> {
  const step = await scene.watcher.waitForGeneration(kill.generation);
  if (!step) return;
  const took = formatSeconds(step.at - kill.at);
  scene.printer.printLine(
    `${took} later, generation ${step.generation} ${what}; ${describeAccepted(scene)}`,
    'green',
  );
}
