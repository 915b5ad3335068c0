import { type CheckedConfig, checkConfig } from '../../src/config/check/check.ts';
import { ConfigError, type ConfigProblem } from '../../src/errors/config.ts';
import { resolveHome } from '../../src/util/home.ts';

/** What the check says of a configuration that is a text or a value, in a home that need not exist. */

const home = resolveHome('/srv/midturn');

/** A reference to a variable of the environment. */
export const envReference = (name: string) => `$\{env:${name}}`;

export function checkSource(value: unknown, environment: Record<string, string> = {}): CheckedConfig {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return checkConfig(text, { home, env: environment });
}

export function problemsOf(value: unknown, environment?: Record<string, string>): readonly ConfigProblem[] {
  try {
    checkSource(value, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** Every problem in the words of the error message, without the place. */
export function problemTexts(value: unknown, environment?: Record<string, string>): string[] {
  return problemsOf(value, environment).map(({ path, message, hint }) =>
    [path, [message, hint].filter(Boolean).join('; ')].join(': '),
  );
}

export const agentConfig = (more: object) => ({ agents: { main: { model: 'scripted/echo', ...more } } });
export const providerConfig = (more: object) => ({ providers: { p: more } });
