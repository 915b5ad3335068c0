import type { WireEvent } from '../protocol/events.ts';
import { isStart, type Started } from './facts.ts';

/** A change that the agent makes to the configuration under which it runs, with the tool `config`. */
export interface Change {
  key: string;
  patch: object;
}

/** In force at the next step. */
export const liveChange: Change = {
  key: 'agents.chat.model',
  patch: { agents: { chat: { model: 'scripted/friendly' } } },
};

/** In force when a new generation has taken over. */
export const handoverChange: Change = { key: 'listen', patch: { listen: 'localhost:0' } };

/** The change that a tool call makes; undefined for all other calls. */
export function changeIn(input: unknown): Change | undefined {
  const text = JSON.stringify(input) ?? '';
  return [liveChange, handoverChange].find(({ patch }) => text.includes(JSON.stringify(patch)));
}

/** When the agent saved a change, and the first step that its own turn made with it. */
export interface InForce {
  savedAt: number;
  step: Started;
}

/** Undefined when it has not come into force (yet). */
export function inForce(journal: readonly WireEvent[], change: Change): InForce | undefined {
  const call = callOf(journal, change);
  const saved = journal.find((event) => event.type === 'tool_call_started' && event.call === call);
  if (saved?.type !== 'tool_call_started') return undefined;
  const step = journal.filter(isStart).find(({ revision }) => revision > saved.revision);
  return step && { savedAt: saved.at, step };
}

/** Name of the tool call that makes the change. */
function callOf(journal: readonly WireEvent[], change: Change): string | undefined {
  for (const event of journal) {
    if (event.type !== 'model_call_finished') continue;
    const calls = event.content.filter((part) => part.type === 'tool-call');
    const position = calls.findIndex((part) => changeIn(part['input']) === change);
    if (position >= 0) return `${event.step}.${position + 1}`;
  }
  return undefined;
}
