import type { Elicitation } from '../../src/core/model/elicitation.ts';
import type { CallVerdict } from '../../src/core/model/next-action.ts';

const HELPER = { agent: 'helper', text: 'help' };

/** The tools there are; `t4` is not allowed at first. */
export const VERDICTS: Record<string, CallVerdict> = {
  t0: { run: true, effect: 'read', resumable: false },
  t1: { run: true, effect: 'idempotent', resumable: false },
  t2: { run: true, effect: 'write', resumable: false },
  t3: { run: true, effect: 'write', resumable: true },
  t5: { run: true, effect: 'write', resumable: false, ask: { rule: 't5', patience: 50_000 } },
  t6: { run: true, effect: 'write', resumable: false, delegate: HELPER },
  t7: {
    run: true,
    effect: 'write',
    resumable: false,
    ask: { rule: 't7', patience: 50_000 },
    delegate: HELPER,
  },
  t8: { run: true, effect: 'read', resumable: true, ask: { rule: 't5', patience: 10 } },
};

export const UNKNOWN: CallVerdict = { run: false, reason: 'not allowed' };

/** Who does the work of a tool does not change. */
export function asBefore(tool: string, verdict: CallVerdict): CallVerdict {
  const usual = VERDICTS[tool];
  return verdict.run && usual?.run && usual.delegate ? { ...verdict, delegate: usual.delegate } : verdict;
}

/** What was approved for the session is not asked again. */
export function applyGrants(verdict: CallVerdict, grants: readonly string[]): CallVerdict {
  if (!verdict.run || !verdict.ask || !grants.includes(verdict.ask.rule)) return verdict;
  const { ask: _, ...allowed } = verdict;
  return allowed;
}

/** Something that a tool asks. */
export function inquiryOf(key: string): Elicitation {
  return { key, asker: 'the tool', message: `What is ${key}?`, fields: [] };
}

export function keyOf(call: string): string {
  return `key of ${call}`;
}
