import { equal, ok } from 'node:assert/strict';
import type { Recorded } from '../../src/core/events.ts';
import { evolve } from '../../src/core/evolve.ts';
import { next } from '../../src/core/next.ts';
import { initialState, type SessionState } from '../../src/core/state.ts';
import type { Limits } from '../../src/core/step.ts';
import { CallLedger } from './audit-calls.ts';
import { InputLedger } from './audit-inputs.ts';
import { NoteLedger } from './audit-notes.ts';
import { deepFreeze } from './freeze.ts';
import { context } from './given.ts';

/**
 * Reads a journal as an auditor: knows the promises, keeps books of its own and takes nothing from the core but
 * the folded state, which it compares with the books. Throws at the first broken promise. Promises that need the
 * events of one batch to stay together are left out when the journal is not `whole`.
 */
export function audit(journal: readonly Recorded[], limits: Limits, whole = true): InputLedger {
  const inputs = new InputLedger(whole);
  const calls = new CallLedger(limits);
  const notes = whole ? new NoteLedger() : undefined;
  let state = deepFreeze(initialState());
  for (const event of journal) {
    const before = state;
    state = deepFreeze(evolve(before, deepFreeze(event)));
    try {
      inputs.enter(event, before, state);
      calls.enter(event, before, state);
      notes?.enter(event);
      legal(state, limits);
    } catch (error) {
      throw new Error(`broken by event ${event.seq}, ${JSON.stringify(event)}`, { cause: error });
    }
  }
  return inputs;
}

/** Whatever a journal says, a process that begins from it finds something sensible to do, or that all is done. */
function legal(state: SessionState, limits: Limits): void {
  const steps = next(state, context({ limits }));
  const kinds = steps.map((step) => step.kind);
  const rests = state.quarantine !== null || (state.turn === null && state.pending.length === 0);
  equal(kinds.length === 0, rests, 'a session does something exactly when there is something to do');
  ok(!kinds.includes('abort'), 'nothing runs, so nothing can be stopped');
  ok(kinds.length < 2 || kinds.every((kind) => kind.endsWith('_tool') || kind === 'lose_tool_call'));
  ok(new Set(kinds.map((kind) => kind === 'run_tool')).size < 2, 'records come first and alone');
}
