import { describeProblem } from '../../errors/config.ts';
import type { ConfigApplied, ConfigDiff, ConfigPlan } from '../../protocol/config.ts';
import { styled } from '../../terminal/style.ts';
import { oneLine } from '../../terminal/text.ts';

type Change = ConfigDiff['changes'][number];

/** Longest value that is shown, in columns. */
const VALUE = 60;

export const NO_REVISIONS = 'No revisions yet: no daemon has run on this home.';

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;
const COLOURS = { added: 'green', changed: 'yellow', removed: 'red' } as const;

/** A plan for people; nothing in it when nothing would change. */
export function planLines({ changes, affected, estimate, warnings = [] }: ConfigPlan): string[] {
  const warned = warnings.map(
    (each) => `${styled('yellow', 'warning:')} ${describeProblem('midturn.jsonc', each)}`,
  );
  if (changes.length === 0) return ['No key would change.', ...warned];
  const counts = (['running', 'waiting', 'queued'] as const).filter((status) => affected[status] > 0);
  const agents = Object.entries(affected.agents).map(([name, count]) => `${name} ${count}`);
  const sessions = counts.map((status) => `${affected[status]} ${status}`).join(', ');
  return [
    ...changeLines(changes),
    ...(sessions === '' ? [] : [`Sessions: ${sessions} (${agents.join(', ')}).`]),
    estimate.words,
    ...warned,
  ];
}

export function changeLines(changes: readonly Change[]): string[] {
  return changes.map(({ path, kind, apply, before, after }) => {
    const values = [
      ...(kind === 'added' ? [] : [valueText(before)]),
      ...(kind === 'removed' ? [] : [valueText(after)]),
    ];
    return `${styled(COLOURS[kind], SIGNS[kind])} ${path}: ${values.join(' → ')} ${styled('dim', `(${apply})`)}`;
  });
}

/** What came of a write. */
export function appliedWords({ revision, applied, handover, keys }: ConfigApplied, daemon: boolean): string {
  if (!daemon) return 'Written. No daemon runs on this home; it is used at the next start.';
  const what = keys.length === 0 ? '' : ` (${keys.join(', ')})`;
  if (applied === 'none') return `Nothing changes: revision ${revision} goes on.`;
  if (applied === 'live')
    return `Revision ${revision} is in force${what}; sessions use it from their next step on.`;
  const follow = handover === null ? '' : ` \`midturn handovers ${handover}\` shows how far it is.`;
  return `A new generation puts it into force${what}; nothing is refused meanwhile.${follow}`;
}

function valueText(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? 'nothing', VALUE);
}
