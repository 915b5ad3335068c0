import { ask, withdraw } from '../approvals/decide.ts';
import type { Command, Context } from '../model/command.ts';
import type { Handover, SessionEvent } from '../model/events.ts';
import type { SessionState } from '../model/state.ts';
import { begin } from './begin.ts';
import { endModelCall, endToolCall } from './ends.ts';
import { receive } from './receive.ts';

/** Returns the events of a command. A command about a step that is over has none, so a late result changes nothing. */
export function decide(state: SessionState, command: Command, context: Context): SessionEvent[] {
  switch (command.type) {
    case 'receive':
      return receive(state, command.agent, command.input);
    case 'begin':
      return begin(state, command.step, context);
    case 'end_model_call':
      return endModelCall(state, command.step, command.result, context);
    case 'end_tool_call':
      return endToolCall(state, command.call, command.result, context);
    case 'ask':
      return ask(state, command.call, command.inquiry, context);
    case 'withdraw':
      return withdraw(state, command.only);
    case 'take_over': {
      const { type: _, ...handover } = command;
      return takeOver(state, handover, context.generation);
    }
  }
}

/** Returns the takeover event. Only an open turn in which another generation has started a step is taken over. */
function takeOver({ turn, quarantine }: SessionState, handover: Handover, to: number): SessionEvent[] {
  const from = turn?.generation ?? to;
  if (quarantine || from === to) return [];
  return [{ type: 'session_handed_over', from, to, ...handover }];
}
