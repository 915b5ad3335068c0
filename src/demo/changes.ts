import type { StepRun } from '../client/conversation/steps.ts';
import { listCalls, type ReadSession } from './journal.ts';

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
  step: StepRun;
}

/** Finds when a change was saved and first used; undefined while no step has used it. */
export function findAppliedChange(session: ReadSession, change: DemoChange): AppliedChange | undefined {
  const call = listCalls(session).find(({ input }) => findChange(input) === change)?.call;
  const saved = session.steps.find(({ step }) => step === `tool ${call}`);
  const step = saved && session.steps.find(({ revision }) => revision > saved.revision);
  return step && { savedAt: saved.at, step };
}
