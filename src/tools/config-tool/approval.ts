import { z } from 'zod';
import { notApproved, refused } from '../../core/history/wording.ts';
import type { Answers } from '../../core/model/elicitation.ts';
import type { ToolOutput } from '../../core/model/message.ts';
import type { Questions } from '../port/tool.ts';
import type { AskedKey, ConfigApproval } from './port.ts';

/**
 * What people are asked before keys are changed that the operator has not listed. The question is the call's own, so
 * that the answer is for this change only; what was shown comes back with it, and is all that was approved.
 */
export function questionAbout(asks: readonly AskedKey[]): Questions {
  const keys = asks.map(({ path, change }) => ({ path, change }));
  // The names first: where only the beginning is shown, no long value hides a key.
  const head = `May this agent change ${namesOf(keys)} in the configuration of the daemon?`;
  const message = [head, ...keys.map(({ path, change }) => `${path}: ${change}`)].join('\n');
  const question = { key: 'change', asker: 'the tool "config"', message, fields: [], operator: true };
  return { type: 'questions', questions: [question], resume: { keys } };
}

const kept = z.object({ keys: z.array(z.object({ path: z.string(), change: z.string() })) });

/** What people have approved; what the model is told when they have not. */
export function approvalIn({ resume, given }: Answers): ConfigApproval | ToolOutput {
  const { keys } = kept.parse(resume);
  const { decision = null, from = null, note = null } = given[0] ?? {};
  if (decision === 'approved') return { keys, from };
  return refused(notApproved({ decision, from, note, rule: `the change of ${namesOf(keys)}` }));
}

export function namesOf(keys: readonly AskedKey[]): string {
  return keys.map(({ path }) => path).join(', ');
}
