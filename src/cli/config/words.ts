import { describeProblem } from '../../errors/config.ts';
import type { ConfigApplied, ConfigDiff, ConfigPlan } from '../../protocol/config.ts';
import { applyStyle } from '../../terminal/style.ts';
import { toOneLine } from '../../terminal/text.ts';

type ChangedKey = ConfigDiff['changes'][number];

/** Maximum width of a configuration value in a plan or diff, in columns; longer values are cut. */
const VALUE_WIDTH = 60;

export const NO_REVISIONS = 'No revisions yet: no daemon has run on this home.';

const CHANGE_SIGNS = { added: '+', changed: '~', removed: '-' } as const;
const CHANGE_COLOURS = { added: 'green', changed: 'yellow', removed: 'red' } as const;

/** Formats a plan as lines: changed keys, affected sessions, the time estimate, and warnings. */
export function formatPlan({ changes, affected, estimate, warnings = [] }: ConfigPlan): string[] {
  const warned = warnings.map(
    (each) => `${applyStyle('yellow', 'warning:')} ${describeProblem('midturn.jsonc', each)}`,
  );
  if (changes.length === 0) return ['No changes: the configuration means the same.', ...warned];
  const counts = (['running', 'waiting', 'queued'] as const).filter((status) => affected[status] > 0);
  const agents = Object.entries(affected.agents).map(([name, count]) => `${name} ${count}`);
  const sessions = counts.map((status) => `${affected[status]} ${status}`).join(', ');
  return [
    ...formatChanges(changes),
    ...(sessions === '' ? [] : [`Sessions: ${sessions} (${agents.join(', ')}).`]),
    estimate.words,
    ...warned,
  ];
}

export function formatChanges(changes: readonly ChangedKey[]): string[] {
  return changes.map(({ path, kind, apply, before, after }) => {
    const values = [
      ...(kind === 'added' ? [] : [shortenValue(before)]),
      ...(kind === 'removed' ? [] : [shortenValue(after)]),
    ];
    return `${applyStyle(CHANGE_COLOURS[kind], CHANGE_SIGNS[kind])} ${path}: ${values.join(' → ')} ${applyStyle('dim', `(${apply})`)}`;
  });
}

/** Describes the result of a write: whether and when it takes effect, and how to follow the handover. */
export function describeApplied(
  { revision, applied, handover, keys }: ConfigApplied,
  daemon: boolean,
): string {
  if (!daemon) return 'Saved. No daemon runs on this home; the change takes effect at the next start.';
  const what = keys.length === 0 ? '' : ` (${keys.join(', ')})`;
  if (applied === 'none') return `No effective change: revision ${revision} stays active.`;
  if (applied === 'live')
    return `Revision ${revision} is active${what}; sessions use it from their next step.`;
  const follow = handover === null ? '' : ` Follow it with \`midturn handovers ${handover}\`.`;
  return `Saved. A new generation is taking over to apply it${what}; requests are served meanwhile.${follow}`;
}

function shortenValue(value: unknown): string {
  return toOneLine(JSON.stringify(value) ?? 'nothing', VALUE_WIDTH);
}
