/** A step that a process performs now: a model call by its number, or a tool call by its id. */
export type RunningStep = { kind: 'model_call'; step: number } | { kind: 'tool_call'; call: string };

export function runningModelCall(step: number): RunningStep {
  return { kind: 'model_call', step };
}

export function runningToolCall(call: string): RunningStep {
  return { kind: 'tool_call', call };
}

/** Returns the running step that an action starts. */
export function toRunningStep(
  action: { kind: 'call_model'; step: number } | { kind: 'run_tool'; call: string },
): RunningStep {
  return action.kind === 'call_model' ? runningModelCall(action.step) : runningToolCall(action.call);
}

/** Running steps with a value for each, in the order of their starts. Steps are compared by value. */
export class RunningSteps<T> {
  /** By number or id; the type of the key tells model calls and tool calls apart. */
  readonly #steps = new Map<number | string, { step: RunningStep; value: T }>();

  get size(): number {
    return this.#steps.size;
  }

  has(step: RunningStep): boolean {
    return this.#steps.has(keyOf(step));
  }

  get(step: RunningStep): T | undefined {
    return this.#steps.get(keyOf(step))?.value;
  }

  set(step: RunningStep, value: T): void {
    this.#steps.set(keyOf(step), { step, value });
  }

  delete(step: RunningStep): void {
    this.#steps.delete(keyOf(step));
  }

  list(): { step: RunningStep; value: T }[] {
    return [...this.#steps.values()];
  }
}

/** Returns running steps without values. */
export function listRunningSteps(steps: readonly RunningStep[]): RunningSteps<null> {
  const running = new RunningSteps<null>();
  for (const step of steps) running.set(step, null);
  return running;
}

/** Running steps as a decision sees them: only which ones run. */
export type RunningStepList = Pick<RunningSteps<unknown>, 'has' | 'list'>;

function keyOf(running: RunningStep): number | string {
  return running.kind === 'model_call' ? running.step : running.call;
}
