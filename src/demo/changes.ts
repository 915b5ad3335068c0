import type { WireEvent } from '../protocol/events.ts';
import { isStart, type Started } from './facts.ts';

/** A change that the demo's agent makes to its own configuration, with the `config` tool. */
export interface Change {
  key: string;
  patch: object;
}

/** Changes the chat model, which takes effect at the next step without a new process. */
export const liveChange: Change = {
  key: 'agents.chat.model',
  patch: { agents: { chat: { model: 'scripted/friendly' } } },
};

/** Changes the listen address, which takes effect once a new generation has taken over. */
export const handoverChange: Change = { key: 'listen', patch: { listen: 'localhost:0' } };

/** Returns the change that a tool call makes; undefined for calls that change no configuration. */
export function changeIn(input: unknown): Change | undefined {
  const text = JSON.stringify(input) ?? '';
  return [liveChange, handoverChange].find(({ patch }) => text.includes(JSON.stringify(patch)));
}

/** When the agent saved a change (ms since the epoch), and the first step of its turn that used it. */
export interface InForce {
  savedAt: number;
  step: Started;
}

/** Finds when a change was saved and first used; undefined while no step has used it. */
export function inForce(journal: readonly WireEvent[], change: Change): InForce | undefined {
  const call = callOf(journal, change);
  const saved = journal.find((event) => event.type === 'tool_call_started' && event.call === call);
  if (saved?.type !== 'tool_call_started') return undefined;
  const step = journal.filter(isStart).find(({ revision }) => revision > saved.revision);
  return step && { savedAt: saved.at, step };
}

/** Returns the id of the tool call that makes the change, such as `2.1`; undefined before it. */
function callOf(journal: readonly WireEvent[], change: Change): string | undefined {
  for (const event of journal) {
    if (event.type !== 'model_call_finished') continue;
    const calls = event.content.filter((part) => part.type === 'tool-call');
    const position = calls.findIndex((part) => changeIn(part['input']) === change);
    if (position >= 0) return `${event.step}.${position + 1}`;
  }
  return undefined;
}
