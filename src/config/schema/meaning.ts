import type { Config } from './resolve.ts';
import type { ParsedConfig } from './schema.ts';

/**
 * What a configuration means: units read, defaults and paths filled in, references replaced, in the shape of the
 * file. Two texts that mean the same are no change. An agent's limits are its own only, so that a changed general
 * limit is one change and not one for each agent.
 */
export function meaningOf(parsed: ParsedConfig, config: Config): Record<string, unknown> {
  const agents = Object.entries(config.agents).map(([name, agent]) => {
    return [name, { ...agent, limits: parsed.agents[name]?.limits }];
  });
  return { ...parsed, ...config, agents: Object.fromEntries(agents) };
}

/** The same text for the same data, whatever the order of names; what is `undefined` is not there. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? '';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]));
}
