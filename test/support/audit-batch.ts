import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { AdvanceResult } from '../../src/core/advance.ts';
import type { DecisionContext } from '../../src/core/model/command.ts';
import type { CallResumption, ElicitationResult } from '../../src/core/model/elicitation.ts';
import type { RecordedEvent } from '../../src/core/model/events.ts';
import { getWaitReason } from '../../src/core/model/state.ts';

/**
 * Checks one crank when it is made, because the journal alone does not show the verdicts and deliveries: a
 * call that needs an approval starts only with one, and other sessions receive what concerns them.
 */
export function auditBatch(
  result: AdvanceResult,
  journal: readonly RecordedEvent[],
  context: DecisionContext,
): void {
  const { events, send, approvals, state } = result;
  const all = [...journal, ...events];
  for (const event of events)
    if (event.type === 'tool_call_started') checkApproved(event, all, result, context);
  const begun = events.flatMap((event) => (event.type === 'tool_call_started' ? (event.child ?? []) : []));
  const given = send.flatMap(({ session, input }) => (input.kind === 'message' ? [session] : []));
  deepStrictEqual(given, begun, 'a session is given its work exactly when the call begins');
  const dropped = events.flatMap((event) => (event.type === 'child_cancelled' ? [event.child] : []));
  const told = send.flatMap(({ session, input }) => (input.kind === 'cancel' ? [session] : []));
  deepStrictEqual(told, dropped, 'a session is told to stop exactly when the call is given up');
  const questions = events.flatMap((event) => {
    if (event.type === 'approval_requested') return [`${event.approval} pending`];
    return event.type === 'approval_resolved' ? [`${event.approval} ${event.decision}`] : [];
  });
  const above = state.turn?.replies.length ?? 0;
  const own = send.filter(
    ({ input }) => input.kind === 'question' && input.question.session === context.session,
  );
  if (above > 0 && turnsIn(events) === 0) {
    equal(own.length, questions.length * above, 'who waits for the session hears of its questions');
  }
  deepStrictEqual(
    approvals.map((row) => `${row.approval} ${row.state}`),
    questions,
    'lists say what the events say',
  );
  const dated = state.quarantine ? [] : state.pending.flatMap(({ deadline }) => deadline ?? []);
  for (const deadline of dated) {
    ok(result.wakeAt !== null && result.wakeAt <= deadline, 'who waits for a time is woken at it');
  }
  for (const step of result.perform) {
    if (step.kind === 'run_tool') deepStrictEqual(step.answers, answersTo(step.call, all));
  }
  if (state.turn && getWaitReason(state.turn) !== null)
    equal(result.perform.length, 0, 'who waits does nothing');
}

function turnsIn(events: readonly RecordedEvent[]): number {
  return events.filter(({ type }) => type === 'turn_started' || type === 'turn_joined').length;
}

/** Returns the answers to the questions with which the call ended last. */
function answersTo(call: string, journal: readonly RecordedEvent[]): CallResumption | null {
  const about = journal.filter((event) => 'call' in event && event.call === call);
  const at = about.findLastIndex(({ type }) => type === 'tool_call_asked');
  const ended = about[at];
  if (ended?.type !== 'tool_call_asked') return null;
  const after = about.slice(at + 1);
  const begun = after.findIndex(({ type }) => type === 'tool_call_started');
  const given = after.slice(0, begun).flatMap((event): ElicitationResult[] => {
    if (event.type !== 'approval_requested' || !event.inquiry) return [];
    const end = after.find((each) => each.type === 'approval_resolved' && each.approval === event.approval);
    if (end?.type !== 'approval_resolved') return [];
    const { decision, content = null, from = null, note = null } = end;
    return [{ key: event.inquiry.key, decision, content, from, note }];
  });
  return { resume: ended.resume, given };
}

function checkApproved(
  { call, seq }: Extract<RecordedEvent, { type: 'tool_call_started' }>,
  journal: readonly RecordedEvent[],
  { state }: AdvanceResult,
  context: DecisionContext,
): void {
  const earlier = journal.filter((event) => event.seq < seq);
  const tool = state.turn?.tools.find((each) => each.call === call);
  const verdict = tool && context.tool(tool.part, state);
  const begun = earlier.some(
    (event) => event.type === 'tool_call_started' && event.call === call && event.resumable,
  );
  // Work that continues outside is resumed or ended, whatever the policy says now.
  if (!verdict?.run || !verdict.ask || begun) return;
  const own = earlier.flatMap((event) =>
    event.type === 'approval_requested' && event.inquiry ? [event.approval] : [],
  );
  const decisions = earlier.filter(
    (event) => event.type === 'approval_resolved' && event.call === call && !own.includes(event.approval),
  );
  const last = decisions.at(-1);
  ok(
    last?.type === 'approval_resolved' && last.decision === 'approved',
    `${call} begins without an approval`,
  );
}
