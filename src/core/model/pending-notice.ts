import type { ModelInterruption, ToolInterruption } from './events.ts';
import { quoteName } from './quoting.ts';
import { emptyNotice, type PendingNotice, type SessionState } from './state.ts';

/** Returns the pending notice of the open turn: what the model has not been told yet; empty without a turn. */

export function getPendingNotice(state: SessionState): PendingNotice {
  return state.turn?.news ?? emptyNotice;
}

/** Adds a step that ended with its process; a step that the provider or a client ended needs no notice. */
export function addInterruptedStep(
  state: SessionState,
  cause: ModelInterruption | ToolInterruption,
  step: string,
): PendingNotice {
  const news = getPendingNotice(state);
  if ((cause !== 'crash' && cause !== 'shutdown') || news.interrupted.includes(step)) return news;
  return { ...news, interrupted: [...news.interrupted, step] };
}

/** Moves a step from the interrupted ones to those with an unknown outcome. */
export function addUnknownOutcome(state: SessionState, step: string): PendingNotice {
  const { interrupted, unknown, restarts } = getPendingNotice(state);
  return {
    restarts,
    interrupted: interrupted.filter((other) => other !== step),
    unknown: [...unknown, step],
  };
}

/** Returns a tool call as its tool and number, quoted where needed: the model chose the name, so it may be any text. */
export function formatCallName(state: SessionState, call: string): string {
  const tool = state.turn?.tools.find((candidate) => candidate.call === call);
  return `${quoteName(tool?.part.toolName ?? 'tool')} (${call})`;
}
