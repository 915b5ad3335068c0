import type { Command } from '../../core/model/command.ts';
import type { SessionState } from '../../core/model/state.ts';

/** By the name under which it runs. */
export function isModelCall(running: string): boolean {
  return running.startsWith('m');
}

/** A step whose work goes on outside and is picked up again was not cut. */
export function wasCut(command: Command, { turn }: SessionState): boolean {
  if (command.type === 'end_model_call') {
    return command.result.kind === 'interrupted' && command.result.cause === 'shutdown';
  }
  if (command.type !== 'end_tool_call' || command.result.kind !== 'interrupted') return false;
  return turn?.tools.find(({ call }) => call === command.call)?.resumable !== true;
}

/** How a step ends that is not waited for any longer. */
export function cutCommand(running: string): Command {
  if (!isModelCall(running)) return { type: 'end_tool_call', call: running, result: { kind: 'interrupted' } };
  const reason = 'the generation had to leave before the model answered';
  const result = { kind: 'interrupted', cause: 'shutdown', reason, partial: '' } as const;
  return { type: 'end_model_call', step: Number(running.slice(1)), result };
}
