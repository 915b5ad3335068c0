import { z } from 'zod';
import type { ToolOutput } from '../../core/model/message.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import { approvalIn, namesOf, questionAbout } from './approval.ts';
import type { ConfigOutcome, ConfigPort, ConfigProspect, ConfigShown, RefusedKey } from './port.ts';

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
export function configTool(port: ConfigPort): Tool {
  return defineTool({
    name: 'config',
    description:
      'Shows, plans and changes the configuration of the daemon that you run in. `show` names the keys that you may change by yourself. A change of other keys needs an approval first, unless the operator refuses such changes. A change is checked before it is made, and never interrupts this conversation.',
    arguments: configArguments,
    effect: ({ action }) => (action === 'set' ? 'idempotent' : 'read'),
    async run(args, { session, call, answers }) {
      if (args.action === 'show') return show(await port.show());
      const caller = { session, call };
      if (args.action === 'plan') return plan(await port.plan(args.patch, caller));
      const approval = answers && approvalIn(answers);
      if (approval && 'type' in approval) return approval;
      const result = await port.patch(args.patch, caller, approval);
      return result.done || result.refused.length > 0 ? outcome(result) : questionAbout(result.asks);
    },
  });
}

function show({ source, revision, allowed, unlisted }: ConfigShown): ToolOutput {
  const keys = allowed.length > 0 ? allowed.join(', ') : 'none';
  const others =
    unlisted === 'ask' ? 'Changes of other keys need an approval' : 'Changes of other keys are refused';
  return text([
    `Revision ${revision}. Keys that you may change by yourself: ${keys}. ${others}.`,
    '',
    source || '(there is no file)',
  ]);
}

function plan({ apply, changes, refused, asks }: ConfigProspect): ToolOutput {
  if (changes.length === 0)
    return text(['The patch is equivalent to the current configuration; nothing would change.']);
  const lines = changes.map(({ path, kind, ...values }) => {
    const sides = [
      ...('before' in values ? [JSON.stringify(values.before)] : []),
      ...('after' in values ? [JSON.stringify(values.after)] : []),
    ];
    return `${path} (${kind}): ${sides.join(' -> ')}`;
  });
  const open = asks.length > 0 ? [`These keys would need an approval first: ${namesOf(asks)}.`] : [];
  return text([...lines, EFFECTS[apply], ...(refused.length > 0 ? [refusal(refused)] : open)]);
}

const EFFECTS = {
  none: 'The daemon does not use these keys.',
  live: 'It would apply from the next step on.',
  handover: 'A new process would take over and apply it; this turn would continue there with its next step.',
};

function outcome(result: ConfigOutcome): ToolOutput {
  if (!result.done) return toolError(refusal(result.refused));
  const { revision, applied, handover, keys } = result;
  if (keys.length === 0) return text(['Nothing changed: the configuration already has these values.']);
  const changed = keys.join(', ');
  const what = `Revision ${revision}: ${changed}.`;
  if (applied === 'none') return text([`${what} The daemon does not use these keys.`]);
  if (applied === 'live') return text([`${what} It applies from the next step on.`]);
  const name = handover === null ? 'A handover' : `Handover ${handover}`;
  return text([
    `Saved: ${changed}. ${name} applies it: a new process takes over, and this turn continues there by itself. You need not wait.`,
  ]);
}

function refusal(refused: readonly RefusedKey[]): string {
  const keys = refused.map(({ path, why }) => `${path}: ${why}`).join('; ');
  return `The operator does not allow this change, and none of it was made. ${keys}.`;
}

function text(lines: readonly string[]): ToolOutput {
  return { type: 'text', value: lines.join('\n') };
}
