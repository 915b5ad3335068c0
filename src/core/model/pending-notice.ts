import type { ModelInterruption, ToolInterruption } from './events.ts';
import { quoteName } from './quoting.ts';
import { type News, noNews, type SessionState } from './state.ts';

/** Returns the pending notice of the open turn: what the model has not been told yet; empty without a turn. */

export function newsOf(state: SessionState): News {
  return state.turn?.news ?? noNews;
}

/** Adds a step that ended with its process; a step that the provider or a client ended needs no notice. */
export function withCut(
  state: SessionState,
  cause: ModelInterruption | ToolInterruption,
  step: string,
): News {
  const news = newsOf(state);
  if ((cause !== 'crash' && cause !== 'shutdown') || news.interrupted.includes(step)) return news;
  return { ...news, interrupted: [...news.interrupted, step] };
}

/** Moves a step from the interrupted ones to those with an unknown outcome. */
export function withUnknown(state: SessionState, step: string): News {
  const { interrupted, unknown, restarts } = newsOf(state);
  return {
    restarts,
    interrupted: interrupted.filter((other) => other !== step),
    unknown: [...unknown, step],
  };
}

/** Returns a tool call as its tool and number, quoted where needed: the model chose the name, so it may be any text. */
export function callName(state: SessionState, call: string): string {
  const tool = state.turn?.tools.find((candidate) => candidate.call === call);
  return `${quoteName(tool?.part.toolName ?? 'tool')} (${call})`;
}
