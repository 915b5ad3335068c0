import { resolveApproval } from '../approvals/decide.ts';
import { describeChildResult } from '../history/wording.ts';
import type { Input, SessionEvent } from '../model/events.ts';
import { joinTexts } from '../model/message.ts';
import type { SessionState } from '../model/state.ts';
import { closeInputs, listPendingIds } from './close.ts';

export function receiveInput(state: SessionState, agent: string, input: Input): SessionEvent[] {
  const created: SessionEvent[] = state.seq === 0 ? [{ type: 'session_created', agent }] : [];
  const received: SessionEvent[] = [...created, { type: 'input_received', input }];
  if (input.kind === 'release') {
    return state.quarantine ? [...received, { type: 'session_released', by: input.from ?? '' }] : received;
  }
  if (input.kind === 'cancel') {
    const reason = input.reason ?? 'cancelled on request';
    return [...received, ...closeInputs(listPendingIds(state), 'cancelled', reason)];
  }
  if (input.kind === 'approval') return [...received, ...resolveApproval(state, input)];
  if (input.kind === 'result') return [...received, ...endDelegation(state, input)];
  if (input.kind === 'question') return received;
  if (!state.quarantine) return received;
  return [
    ...received,
    ...closeInputs([input.id], 'failed', `the session is quarantined: ${state.quarantine.reason}`),
  ];
}

function endDelegation(
  { turn }: SessionState,
  { call, outcome, content }: Extract<Input, { kind: 'result' }>,
): SessionEvent[] {
  const tool = turn?.tools.find((each) => each.call === call);
  if (tool?.phase !== 'started' || tool.child === null) return [];
  if (outcome === 'unknown') {
    return [
      { type: 'tool_call_outcome_unknown', call, startedAt: tool.startedAt, reason: joinTexts(content) },
    ];
  }
  const output = describeChildResult(tool.child, outcome, content);
  return [{ type: 'tool_call_finished', call, output }];
}
