import type { ModelCall, SessionState, ToolCall } from '../../core/model/state.ts';
import type { SessionAppend } from './append.ts';

/** Returns the turn that an append worked on, also when the append ended it. */
export function findTurn({ before, after }: SessionAppend): SessionState['turn'] {
  return after.turn ?? before.turn;
}

/** Returns a model call of an append; it is in the later state only when it also started in the append. */
export function findModelCall({ before, after }: SessionAppend, step: number): ModelCall | undefined {
  return [before, after].map(({ turn }) => turn?.call).find((call) => call?.step === step) ?? undefined;
}

/** Returns a tool call of an append; one that the append settled may be missing from the later state. */
export function findToolCall({ before, after }: SessionAppend, call: string): ToolCall | undefined {
  return [before, after].flatMap(({ turn }) => turn?.tools ?? []).findLast((each) => each.call === call);
}
