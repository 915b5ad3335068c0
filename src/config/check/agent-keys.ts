import { MidturnError } from '../../errors/errors.ts';
import { abbreviateText } from '../../util/text.ts';
import { type ConfigKey, listKeys } from '../fields/keys.ts';
import type { Finding } from '../fields/problems.ts';
import { configSchema, type ParsedConfig } from '../schema/schema.ts';
import { parsePath } from '../source/parse-path.ts';

/**
 * Checks the patterns in `tools.config.keys`. A pattern that matches no key would look like a permission; one for
 * `tools.config` never applies.
 */
export function checkAgentKeys({ tools }: ParsedConfig): Finding[] {
  const keys = listKeys(configSchema);
  return tools.config.keys.flatMap((text, index): Finding[] => {
    const problem = problemOf(text, keys);
    return problem ? [{ path: ['tools', 'config', 'keys', index], at: 'value', ...problem }] : [];
  });
}

function problemOf(text: string, keys: readonly ConfigKey[]): Pick<Finding, 'message' | 'hint'> | undefined {
  const pattern = segmentsOf(text);
  if (pattern?.[0] === 'tools' && pattern[1] === 'config') {
    return { message: 'agents never change what agents may change', hint: 'remove it' };
  }
  if (pattern && keys.some((key) => coversKey(pattern, key))) return undefined;
  const hint = 'name keys as in "agents.*.instructions" or "limits.turns"';
  return { message: `there is no key "${abbreviateText(text, 100)}"`, hint };
}

function segmentsOf(text: string): PropertyKey[] | undefined {
  try {
    return parsePath(text);
  } catch (error) {
    if (error instanceof MidturnError) return undefined;
    throw error;
  }
}

/** Checks whether the pattern covers the key, lies inside its value, or is a parent of it. */
function coversKey(pattern: readonly PropertyKey[], { path, leaf }: ConfigKey): boolean {
  if (pattern.length > path.length && !leaf) return false;
  return pattern.every((segment, index) => {
    const named = path[index];
    return named === undefined || segment === '*' || named === '*' || named === '[]' || named === segment;
  });
}
