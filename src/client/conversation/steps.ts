import type { WireEvent } from '../../protocol/events.ts';
import type { StepStart } from './entries.ts';

/** One start of a step, and how it ended. A step that was interrupted has one run for each attempt. */
export interface StepRun extends StepStart {
  /** `model <step>` or `tool <call>`, such as `model 3` or `tool 3.1`. */
  step: string;
  end: 'finished' | 'interrupted' | null;
}

/**
 * Folds an event into the runs of steps, oldest first: which generation and revision did what, and when. Unlike a
 * conversation it takes every event as evidence, so a step that was started again after its end has two runs.
 */
export function evolveSteps(runs: readonly StepRun[], event: WireEvent): readonly StepRun[] {
  switch (event.type) {
    case 'model_call_started':
    case 'tool_call_started': {
      const { at, attempt, generation, revision } = event;
      return [...runs, { step: nameStep(event), at, attempt, generation, revision, end: null }];
    }
    case 'model_call_finished':
    case 'tool_call_finished':
      return endRun(runs, nameStep(event), 'finished');
    case 'model_call_interrupted':
    case 'tool_call_interrupted':
      return endRun(runs, nameStep(event), 'interrupted');
    default:
      return runs;
  }
}

function endRun(runs: readonly StepRun[], step: string, end: 'finished' | 'interrupted'): readonly StepRun[] {
  const index = runs.findLastIndex((run) => run.step === step && run.end === null);
  return runs.map((run, position) => (position === index ? { ...run, end } : run));
}

function nameStep(event: { step: number } | { call: string }): string {
  return 'step' in event ? `model ${event.step}` : `tool ${event.call}`;
}
