import { createApprovalId, requestContinuation, supersedeQuestions } from '../approvals/decide.ts';
import { createChildId } from '../delegation/outgoing.ts';
import type { Command, DecisionContext } from '../model/command.ts';
import type { Blame, SessionEvent } from '../model/events.ts';
import type { NextAction } from '../model/next-action.ts';
import type { SessionState } from '../model/state.ts';
import { closeInputs, listPendingIds } from './close.ts';

export function beginAction(
  state: SessionState,
  step: Extract<Command, { type: 'begin' }>['step'],
  context: DecisionContext,
): SessionEvent[] {
  const { generation, revision } = context;
  switch (step.kind) {
    case 'expire_input': {
      const reason = `no turn started before its deadline, ${new Date(step.deadline).toISOString()}`;
      return closeInputs([step.input], 'expired', reason);
    }
    case 'open_turn':
      return [{ type: 'turn_started', turn: step.turn, inputs: step.inputs }];
    case 'join_turn':
      return [{ type: 'turn_joined', turn: step.turn, inputs: step.inputs }];
    case 'call_model':
      return [beginModelCall(step, context)];
    case 'run_tool': {
      const { call, attempt, effect, resumable, delegate } = step;
      const key = context.key(call);
      const child = delegate ? { child: createChildId(context.session, call) } : {};
      const by = { attempt, generation, revision };
      return [
        ...supersedeQuestions(state, call),
        { type: 'tool_call_started', call, effect, resumable, key, ...child, ...by },
      ];
    }
    case 'ask_approval': {
      const { call, rule, expiresAt } = step;
      const approval = createApprovalId(state, call, context);
      return [{ type: 'approval_requested', approval, call, rule, expiresAt }];
    }
    case 'expire_approval':
      return [{ type: 'approval_resolved', approval: step.approval, call: step.call, decision: 'expired' }];
    case 'ask_to_continue':
      return [requestContinuation(step.turn, step.reached, context)];
    case 'end_at_limit':
      return [{ type: 'turn_limit_reached', turn: step.turn.number, reached: step.reached }];
    case 'withdraw_question':
      return supersedeQuestions(state, step.call);
    case 'cancel_child': {
      const { kind: _, ...cancelled } = step;
      return [{ type: 'child_cancelled', ...cancelled }];
    }
    case 'lose_model_call': {
      const { step: number, attempt } = step;
      const reason = 'the process that made the call died';
      return [
        {
          type: 'model_call_interrupted',
          step: number,
          attempt,
          cause: 'crash',
          reason,
          ...toBlameField(context),
        },
      ];
    }
    case 'lose_tool_call':
      return [
        ...supersedeQuestions(state, step.call),
        {
          type: 'tool_call_interrupted',
          call: step.call,
          attempt: step.attempt,
          cause: 'crash',
          ...toBlameField(context),
        },
      ];
    case 'refuse_tool':
      return [
        ...supersedeQuestions(state, step.call),
        { type: 'tool_call_refused', call: step.call, reason: step.reason },
      ];
    case 'give_up_tool': {
      const { kind: _, ...unknown } = step;
      return [...supersedeQuestions(state, step.call), { type: 'tool_call_outcome_unknown', ...unknown }];
    }
    case 'close_turn':
      return closeTurn(state, step);
  }
}

function toBlameField({ blame }: DecisionContext): { blame?: Exclude<Blame, 'sole'> } {
  return blame === 'sole' ? {} : { blame };
}

function beginModelCall(
  { step, attempt, piece }: Extract<NextAction, { kind: 'call_model' }>,
  { generation, revision, models }: DecisionContext,
): SessionEvent {
  const purpose = piece ? 'compaction' : 'answer';
  const reads = piece ? { piece: { from: piece.from, count: piece.count } } : {};
  const by = { attempt, generation, revision };
  return { type: 'model_call_started', step, purpose, ...reads, model: models[purpose], ...by };
}

function closeTurn(state: SessionState, step: Extract<NextAction, { kind: 'close_turn' }>): SessionEvent[] {
  const { turn, outcome, reason, quarantine } = step;
  const { number, inputs } = turn;
  const why = reason === undefined ? {} : { reason };
  const finished: SessionEvent = { type: 'turn_finished', turn: number, inputs, outcome, ...why };
  if (!quarantine) return [finished];
  const cause = reason ?? outcome;
  return [
    finished,
    ...closeInputs(listPendingIds(state), 'failed', `the session is quarantined: ${cause}`),
    { type: 'session_quarantined', reason: cause },
  ];
}
