import { appendMessages } from './history/history.ts';
import { countRepeats } from './limits/budget.ts';
import type { ToolCallPart, ToolOutput, ToolResultPart } from './model/message.ts';
import type { SessionState, ToolCall, Turn } from './model/state.ts';

/** The fields of the session state that an event changes; see `evolve.ts`. */
export type StateChanges = Partial<SessionState>;
export function changeTurn(state: SessionState, change: Partial<Turn>): StateChanges {
  return state.turn ? { turn: { ...state.turn, ...change } } : {};
}

export function changeCall(
  state: SessionState,
  call: string,
  change: (tool: ToolCall) => ToolCall,
  more: Partial<Turn> = {},
): StateChanges {
  if (!state.turn) return {};
  return changeTurn(state, {
    ...more,
    tools: state.turn.tools.map((tool) => (tool.call === call ? change(tool) : tool)),
  });
}

/** Settles a call with its output. The last one to settle adds all results to the history, in the order of the calls. */
export function settleCall(
  state: SessionState,
  call: string,
  output: (tool: ToolCall) => ToolOutput,
): StateChanges {
  const settled = changeCall(state, call, (tool) => ({ ...tool, phase: 'settled', output: output(tool) }));
  const results = settled.turn?.tools.flatMap(toToolResult) ?? [];
  if (!settled.turn || results.length < settled.turn.tools.length) return settled;
  return {
    ...appendMessages(state, [{ role: 'tool', content: results }]),
    turn: { ...settled.turn, tools: [], budget: countRepeats(settled.turn.budget, settled.turn.tools) },
  };
}

function toToolResult({ part, output }: ToolCall): ToolResultPart[] {
  const { toolCallId, toolName } = part;
  return output ? [{ type: 'tool-result', toolCallId, toolName, output }] : [];
}

export function createDueCall(call: string, part: ToolCallPart): ToolCall {
  return {
    call,
    part,
    phase: 'due',
    attempt: 0,
    crashes: 0,
    sharedCrashes: 0,
    startedAt: 0,
    effect: 'write',
    resumable: false,
    child: null,
    approval: null,
    questions: [],
    asked: null,
    output: null,
  };
}
