import type { Command } from '../../../core/model/command.ts';
import type { SessionState } from '../../../core/model/state.ts';
import type { RunningStep } from '../../../core/steps/running-steps.ts';

/**
 * Checks whether a command ends a step by force. A resumable tool call that is interrupted was not cut,
 * because its work continues outside the process.
 */
export function wasCut(command: Command, { turn }: SessionState): boolean {
  if (command.type === 'end_model_call') {
    return command.result.kind === 'interrupted' && command.result.cause === 'shutdown';
  }
  if (command.type !== 'end_tool_call' || command.result.kind !== 'interrupted') return false;
  return turn?.tools.find(({ call }) => call === command.call)?.resumable !== true;
}

/** Returns the command that ends a step which the drain no longer waits for. */
export function makeCutCommand(running: RunningStep): Command {
  if (running.kind === 'tool_call') {
    return { type: 'end_tool_call', call: running.call, result: { kind: 'interrupted' } };
  }
  const reason = 'the generation had to leave before the model answered';
  const result = { kind: 'interrupted', cause: 'shutdown', reason, partial: '' } as const;
  return { type: 'end_model_call', step: running.step, result };
}

/** Returns the name of a running step that operators see. */
export function describeStep(running: RunningStep, { turn }: SessionState): string {
  if (running.kind === 'model_call') return `model call ${running.step}`;
  const tool = turn?.tools.find(({ call }) => call === running.call);
  return `${tool?.part.toolName ?? 'tool'} (${running.call})`;
}

/** Withdraws every open elicitation of a session, because its process leaves. */
export const WITHDRAW_ALL: Command = { type: 'withdraw' };
