import { z } from 'zod';
import { describeMissingApproval, describeRefusedCall } from '../../core/history/wording.ts';
import type { CallResumption } from '../../core/model/elicitation.ts';
import type { ToolOutput } from '../../core/model/message.ts';
import type { CallElicitations } from '../port/tool.ts';
import type { AskedKey, ConfigApproval } from './port.ts';

/**
 * Returns the question to an approver before keys are changed that the operator has not listed. It belongs to
 * this call, so the answer covers this change only; the keys that were shown come back with the answer, and
 * nothing else is approved.
 */
export function buildApprovalQuestion(asks: readonly AskedKey[]): CallElicitations {
  const keys = asks.map(({ path, change }) => ({ path, change }));
  // Names come first: where a client shows only the beginning, no long value can hide a key.
  const head = `May this agent change ${joinPaths(keys)} in the configuration of the daemon?`;
  const message = [head, ...keys.map(({ path, change }) => `${path}: ${change}`)].join('\n');
  const question = { key: 'change', asker: 'the tool "config"', message, fields: [], operator: true };
  return { type: 'questions', questions: [question], resume: { keys } };
}

const kept = z.object({ keys: z.array(z.object({ path: z.string(), change: z.string() })) });

/** Returns what the approver has approved, or the output that tells the model that the change was not approved. */
export function readApproval({ resume, given }: CallResumption): ConfigApproval | ToolOutput {
  const { keys } = kept.parse(resume);
  const { decision = null, from = null, note = null } = given[0] ?? {};
  if (decision === 'approved') return { keys, from };
  return describeRefusedCall(
    describeMissingApproval({ decision, from, note, rule: `the change of ${joinPaths(keys)}` }),
  );
}

export function joinPaths(keys: readonly AskedKey[]): string {
  return keys.map(({ path }) => path).join(', ');
}
