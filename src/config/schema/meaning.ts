import type { Config } from './resolve.ts';
import type { ParsedConfig } from './schema.ts';

/**
 * Returns the resolved meaning of a configuration in the shape of the file: units parsed, defaults and paths filled
 * in, references replaced. Two texts with the same meaning are no change. The limits of an agent contain only its
 * own, so that a changed general limit is one change and not one for each agent.
 */
export function resolveMeaning(parsed: ParsedConfig, config: Config): Record<string, unknown> {
  const agents = Object.entries(config.agents).map(([name, agent]) => {
    return [name, { ...agent, limits: parsed.agents[name]?.limits }];
  });
  return { ...parsed, ...config, agents: Object.fromEntries(agents) };
}

/**
 * Returns the canonical JSON of a value: independent of the order of names, and without members that are
 * `undefined`.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortNames(value)) ?? '';
}

function sortNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortNames);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortNames(item)]));
}
