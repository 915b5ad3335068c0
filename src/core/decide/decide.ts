import { requestElicitation, withdrawElicitations } from '../approvals/decide.ts';
import type { Command, DecisionContext } from '../model/command.ts';
import type { SessionEvent, SessionHandover } from '../model/events.ts';
import type { SessionState } from '../model/state.ts';
import { beginAction } from './begin.ts';
import { endModelCall, endToolCall } from './ends.ts';
import { receiveInput } from './receive.ts';

/** Returns the events of a command. A command about a step that is over has none, so a late result changes nothing. */
export function decideEvents(
  state: SessionState,
  command: Command,
  context: DecisionContext,
): SessionEvent[] {
  switch (command.type) {
    case 'receive':
      return receiveInput(state, command.agent, command.input);
    case 'begin':
      return beginAction(state, command.step, context);
    case 'end_model_call':
      return endModelCall(state, command.step, command.result, context);
    case 'end_tool_call':
      return endToolCall(state, command.call, command.result, context);
    case 'ask':
      return requestElicitation(state, command.call, command.inquiry, context);
    case 'withdraw':
      return withdrawElicitations(state, command.only);
    case 'take_over': {
      const { type: _, ...handover } = command;
      return takeOverSession(state, handover, context.generation);
    }
  }
}

/** Returns the takeover event. Only an open turn in which another generation has started a step is taken over. */
function takeOverSession(
  { turn, quarantine }: SessionState,
  handover: SessionHandover,
  to: number,
): SessionEvent[] {
  const from = turn?.generation ?? to;
  if (quarantine || from === to) return [];
  return [{ type: 'session_handed_over', from, to, ...handover }];
}
