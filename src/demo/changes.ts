import type { WireEvent } from '../protocol/events.ts';
import { isStepStart, type StepStart } from './facts.ts';

/** A change that the demo's agent makes to its own configuration, with the `config` tool. */
export interface DemoChange {
  key: string;
  patch: object;
}

/** Changes the chat model, which takes effect at the next step without a new process. */
export const liveChange: DemoChange = {
  key: 'agents.chat.model',
  patch: { agents: { chat: { model: 'scripted/friendly' } } },
};

/** Changes the listen address, which takes effect once a new generation has taken over. */
export const handoverChange: DemoChange = { key: 'listen', patch: { listen: 'localhost:0' } };

/** Returns the change that a tool call makes; undefined for calls that change no configuration. */
export function findChange(input: unknown): DemoChange | undefined {
  const text = JSON.stringify(input) ?? '';
  return [liveChange, handoverChange].find(({ patch }) => text.includes(JSON.stringify(patch)));
}

/** When the agent saved a change (ms since the epoch), and the first step of its turn that used it. */
export interface AppliedChange {
  savedAt: number;
  step: StepStart;
}

/** Finds when a change was saved and first used; undefined while no step has used it. */
export function findAppliedChange(
  journal: readonly WireEvent[],
  change: DemoChange,
): AppliedChange | undefined {
  const call = findCall(journal, change);
  const saved = journal.find((event) => event.type === 'tool_call_started' && event.call === call);
  if (saved?.type !== 'tool_call_started') return undefined;
  const step = journal.filter(isStepStart).find(({ revision }) => revision > saved.revision);
  return step && { savedAt: saved.at, step };
}

/** Returns the id of the tool call that makes the change, such as `2.1`; undefined before it. */
function findCall(journal: readonly WireEvent[], change: DemoChange): string | undefined {
  for (const event of journal) {
    if (event.type !== 'model_call_finished') continue;
    const calls = event.content.filter((part) => part.type === 'tool-call');
    const position = calls.findIndex((part) => findChange(part['input']) === change);
    if (position >= 0) return `${event.step}.${position + 1}`;
  }
  return undefined;
}
