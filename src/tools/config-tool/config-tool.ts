import { z } from 'zod';
import type { ToolOutput } from '../../core/model/message.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import { buildApprovalQuestion, joinPaths, readApproval } from './approval.ts';
import type { ConfigChangePlan, ConfigOutcome, ConfigPort, ConfigShown, RefusedKey } from './port.ts';

const patch = z
  .record(z.string(), z.unknown())
  .describe('The keys to change, as a JSON merge patch on the file; null removes a key.');

const configArguments = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('show').describe('Read the configuration file; secrets are masked.') }),
  z.strictObject({
    action: z.literal('plan').describe('Show what a change would do, without making it.'),
    patch,
  }),
  z.strictObject({ action: z.literal('set').describe('Make a change and apply it.'), patch }),
]);

/**
 * Creates `config`, with which an agent reads the configuration of its own daemon and changes what the operator
 * allows.
 */
export function createConfigTool(port: ConfigPort): Tool {
  return defineTool({
    name: 'config',
    description:
      'Shows, plans and changes the configuration of the daemon that you run in. `show` names the keys that you may change by yourself. A change of other keys needs an approval first, unless the operator refuses such changes. A change is checked before it is made, and never interrupts this conversation.',
    arguments: configArguments,
    effect: ({ action }) => (action === 'set' ? 'idempotent' : 'read'),
    async run(args, { session, call, answers }) {
      if (args.action === 'show') return describeConfig(await port.showConfig());
      const caller = { session, call };
      if (args.action === 'plan') return describePlan(await port.planChange(args.patch, caller));
      const approval = answers && readApproval(answers);
      if (approval && 'type' in approval) return approval;
      const result = await port.applyPatch(args.patch, caller, approval);
      return result.done || result.refused.length > 0
        ? describeOutcome(result)
        : buildApprovalQuestion(result.asks);
    },
  });
}

function describeConfig({ source, revision, allowed, unlisted }: ConfigShown): ToolOutput {
  const keys = allowed.length > 0 ? allowed.join(', ') : 'none';
  const others =
    unlisted === 'ask' ? 'Changes of other keys need an approval' : 'Changes of other keys are refused';
  return toTextOutput([
    `Revision ${revision}. Keys that you may change by yourself: ${keys}. ${others}.`,
    '',
    source || '(there is no file)',
  ]);
}

function describePlan({ apply, changes, refused, asks }: ConfigChangePlan): ToolOutput {
  if (changes.length === 0)
    return toTextOutput(['The patch is equivalent to the current configuration; nothing would change.']);
  const lines = changes.map(({ path, kind, ...values }) => {
    const sides = [
      ...('before' in values ? [JSON.stringify(values.before)] : []),
      ...('after' in values ? [JSON.stringify(values.after)] : []),
    ];
    return `${path} (${kind}): ${sides.join(' -> ')}`;
  });
  const open = asks.length > 0 ? [`These keys would need an approval first: ${joinPaths(asks)}.`] : [];
  return toTextOutput([
    ...lines,
    EFFECTS[apply],
    ...(refused.length > 0 ? [describeRefusal(refused)] : open),
  ]);
}

const EFFECTS = {
  none: 'The daemon does not use these keys.',
  live: 'It would apply from the next step on.',
  handover: 'A new process would take over and apply it; this turn would continue there with its next step.',
};

function describeOutcome(result: ConfigOutcome): ToolOutput {
  if (!result.done) return toolError(describeRefusal(result.refused));
  const { revision, applied, handover, keys } = result;
  if (keys.length === 0)
    return toTextOutput(['Nothing changed: the configuration already has these values.']);
  const changed = keys.join(', ');
  const what = `Revision ${revision}: ${changed}.`;
  if (applied === 'none') return toTextOutput([`${what} The daemon does not use these keys.`]);
  if (applied === 'live') return toTextOutput([`${what} It applies from the next step on.`]);
  const name = handover === null ? 'A handover' : `Handover ${handover}`;
  return toTextOutput([
    `Saved: ${changed}. ${name} applies it: a new process takes over, and this turn continues there by itself. You need not wait.`,
  ]);
}

function describeRefusal(refused: readonly RefusedKey[]): string {
  const keys = refused.map(({ path, why }) => `${path}: ${why}`).join('; ');
  return `The operator does not allow this change, and none of it was made. ${keys}.`;
}

function toTextOutput(lines: readonly string[]): ToolOutput {
  return { type: 'text', value: lines.join('\n') };
}
