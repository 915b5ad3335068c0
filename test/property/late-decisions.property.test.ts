import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { InputDelivery } from '../../src/journal/inbox.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { AppendBatch } from '../../src/journal/ownership.ts';
import type { Tool } from '../../src/tools/port/tool.ts';
import { TestClock } from '../support/clock.ts';
import { pendingQuestion, startEngine, testTool, toolCallPart } from '../support/engine.ts';

const PATIENCE = 60_000;

/** The events with which an input may compete. */
const ENDS: ReadonlySet<string> = new Set(['approval_resolved', 'turn_finished']);

/** When an input is sent, in milliseconds before (negative) or after the question expires, and when it is stored. */
interface Competing {
  does: 'approve' | 'deny' | 'cancel';
  sent: number;
  /** `held`: stored at the moment in which the append that ends the question reaches the journal. */
  stored: 'at once' | 'held';
}

const competing = fc.record<Competing>({
  does: fc.constantFrom('approve', 'deny', 'cancel'),
  sent: fc.integer({ min: -3, max: 2 }),
  stored: fc.constantFrom('at once', 'held'),
});

describe('inputs around the moment in which a question expires', () => {
  it('[G1] an accepted decision always ends the question, and every other one is refused', async () => {
    const inputs = fc.array(competing, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(inputs, fc.boolean(), async (all, own) => {
        const { accepted, cancelled, state, runs } = await live(all, own);
        if (accepted !== null) equal(state, accepted === 'approve' ? 'approved' : 'denied');
        else ok(state === 'expired' || (cancelled && state === 'superseded'), state);
        if (runs > 0) equal(accepted, 'approve');
      }),
      { numRuns: 200 },
    );
  });
});

/** Runs a session whose call asks; with `own` the tool itself asks. */
async function live(inputs: readonly Competing[], own: boolean) {
  const clock = new TestClock('2026-03-01T12:00:00Z');
  let runs = 0;
  const run = () => {
    runs += 1;
    return 'deployed';
  };
  const asks: Partial<Tool> = {
    run: async (_, { answers }) =>
      answers ? { type: 'text', value: 'asked' } : { type: 'questions', questions: [INQUIRY], resume: null },
  };
  const { journal, held } = gated();
  const permit = () =>
    ({ verdict: 'ask', rule: 'deploy', patience: PATIENCE, isGrantedBy: () => false }) as const;
  const engine = await startEngine({
    journal,
    clock,
    script: [{ tools: [toolCallPart('deploy')] }, { text: 'done' }],
    tools: [testTool('deploy', run, own ? asks : {})],
    agent: { patience: PATIENCE, ...(own ? {} : { decideOnCall: permit }) },
  });
  await engine.sessions.sendMessage('s', { id: 'm', text: 'deploy' });
  const approval = await pendingQuestion(engine, 's');
  const results: { does: Competing['does']; ok: boolean }[] = [];
  const sending: Promise<void>[] = [];
  let now = 0;
  for (const { does, sent, stored } of [...inputs].sort((a, b) => a.sent - b.sent)) {
    await clock.advanceBy(PATIENCE + sent - now);
    now = PATIENCE + sent;
    held.next = stored === 'held';
    const send = () =>
      does === 'cancel'
        ? engine.sessions.cancelInputs('s', {})
        : engine.sessions.decideApproval('s', approval, { decision: does });
    sending.push(
      send().then(
        () => void results.push({ does, ok: true }),
        () => void results.push({ does, ok: false }),
      ),
    );
    await clock.advanceBy(0);
    held.next = false;
  }
  await clock.advanceBy(PATIENCE + 5 - now);
  await held.open();
  await Promise.all(sending);
  await clock.advanceBy(1);
  const row = await engine.journal.findApproval(approval);
  engine.runner.close();
  const accepted = results.find(({ does, ok }) => ok && does !== 'cancel')?.does ?? null;
  return { accepted, cancelled: results.some(({ does }) => does === 'cancel'), state: row?.state, runs };
}

const INQUIRY = { key: 'sure', asker: 'deploy', message: 'Sure?', fields: [] };

/** Returns a journal that stores a held input right before the next append that ends a question or a turn. */
function gated() {
  const journal = createMemoryJournal();
  const waiting: (() => Promise<unknown>)[] = [];
  const held = {
    next: false,
    async open() {
      for (const store of waiting.splice(0)) await store();
    },
  };
  const deliver = journal.deliver.bind(journal);
  const append = journal.append.bind(journal);
  journal.deliver = (delivery: InputDelivery) => {
    if (!held.next) return deliver(delivery);
    return new Promise((resolve, reject) => {
      waiting.push(() => deliver(delivery).then(resolve, reject));
    });
  };
  journal.append = async (batch: AppendBatch) => {
    if (batch.events.some(({ type }) => ENDS.has(type))) await held.open();
    return append(batch);
  };
  return { journal, held };
}
