import { equal, ok } from 'node:assert/strict';
import { applyEvent } from '../../src/core/evolve.ts';
import type { RecordedEvent } from '../../src/core/model/events.ts';
import type { Limits } from '../../src/core/model/next-action.ts';
import { createInitialState, getWaitReason, type SessionState } from '../../src/core/model/state.ts';
import { planNextActions } from '../../src/core/next.ts';
import { ApprovalLedger } from './audit-approvals.ts';
import { CallLedger } from './audit-calls.ts';
import { InputLedger } from './audit-inputs.ts';
import { NoteLedger } from './audit-notes.ts';
import { deepFreeze } from './freeze.ts';
import { makeContext } from './given.ts';

/**
 * Audits a journal against the guarantees, with ledgers of its own; it takes only the folded state from the
 * core and compares it with the ledgers. Throws at the first broken guarantee. Guarantees about the events of
 * one batch are skipped when the journal is not `whole`.
 */
export function auditJournal(journal: readonly RecordedEvent[], limits: Limits, whole = true): InputLedger {
  const inputs = new InputLedger(whole);
  const calls = new CallLedger(limits);
  const approvals = new ApprovalLedger(whole);
  const notes = whole ? new NoteLedger() : undefined;
  let state = deepFreeze(createInitialState());
  for (const event of journal) {
    const before = state;
    state = deepFreeze(applyEvent(before, deepFreeze(event)));
    try {
      inputs.enterEvent(event, before, state);
      calls.enterEvent(event, before, state);
      approvals.enterEvent(event, before, state);
      notes?.enterEvent(event);
      checkState(state, limits);
    } catch (error) {
      throw new Error(`broken by event ${event.seq}, ${JSON.stringify(event)}`, { cause: error });
    }
  }
  return inputs;
}

/** Checks that a process which starts from this journal finds a sensible next action, or nothing left to do. */
function checkState(state: SessionState, limits: Limits): void {
  const around = makeContext({ limits });
  const steps = planNextActions(state, around);
  const last = steps.at(-1);
  // That a message has a time comes last, beside whatever else there is to do.
  const dated = last?.kind === 'wait' && state.pending.some(({ deadline }) => deadline === last.until);
  const kinds = (dated ? steps.slice(0, -1) : steps).map((step) => step.kind);
  const rests = state.quarantine !== null || (state.turn === null && state.pending.length === 0);
  const late = state.pending.some(({ deadline = around.now + 1 }) => deadline <= around.now);
  const others = state.turn !== null && getWaitReason(state.turn) === 'child' && !late;
  equal(
    kinds.length === 0,
    rests || others,
    'a session does something exactly when there is something to do',
  );
  ok(!kinds.includes('abort'), 'nothing runs, so nothing can be stopped');
  ok(kinds.length < 2 || kinds.every((kind) => ABOUT_CALLS.has(kind)), 'only calls come several at once');
  const first = kinds.map((kind) => kind === 'run_tool' || kind === 'wait');
  ok(new Set(first).size < 2, 'records come first and alone');
}

const ABOUT_CALLS: ReadonlySet<string> = new Set([
  'run_tool',
  'wait',
  'ask_approval',
  'expire_approval',
  'refuse_tool',
  'give_up_tool',
  'cancel_child',
  'lose_tool_call',
]);
