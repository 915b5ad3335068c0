import type { ModelInterruption, ToolInterruption } from './events.ts';
import { quoteName } from './quoting.ts';
import { type News, noNews, type SessionState } from './state.ts';

/** What the model has not been told yet, as events add to it. */

export function newsOf(state: SessionState): News {
  return state.turn?.news ?? noNews;
}

/** A step that ended with its process is news; one that the provider or a person ended is not. */
export function withCut(
  state: SessionState,
  cause: ModelInterruption | ToolInterruption,
  step: string,
): News {
  const news = newsOf(state);
  if ((cause !== 'crash' && cause !== 'shutdown') || news.interrupted.includes(step)) return news;
  return { ...news, interrupted: [...news.interrupted, step] };
}

export function withUnknown(state: SessionState, step: string): News {
  const { interrupted, unknown, restarts } = newsOf(state);
  return {
    restarts,
    interrupted: interrupted.filter((other) => other !== step),
    unknown: [...unknown, step],
  };
}

/** A tool call by its tool and number; the model chose the tool's name, so it may be any text. */
export function callName(state: SessionState, call: string): string {
  const tool = state.turn?.tools.find((candidate) => candidate.call === call);
  return `${quoteName(tool?.part.toolName ?? 'tool')} (${call})`;
}
