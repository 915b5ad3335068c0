import type { Command } from '../../../core/model/command.ts';
import type { SessionState } from '../../../core/model/state.ts';

/** Checks by the name of a running step whether it is a model call; otherwise it is a tool call. */
export function isModelCall(running: string): boolean {
  return running.startsWith('m');
}

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
export function makeCutCommand(running: string): Command {
  if (!isModelCall(running)) return { type: 'end_tool_call', call: running, result: { kind: 'interrupted' } };
  const reason = 'the generation had to leave before the model answered';
  const result = { kind: 'interrupted', cause: 'shutdown', reason, partial: '' } as const;
  return { type: 'end_model_call', step: Number(running.slice(1)), result };
}
