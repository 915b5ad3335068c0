/**
 * Environment of shell commands. Rules:
 *   1. Of the daemon's own environment only these variables are passed on, because others may hold secrets.
 *      Example: `PATH` is passed, `ANTHROPIC_API_KEY` is not.
 *   2. Variables that the operator sets in the configuration are added and override passed ones.
 */
const PASSED_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

/**
 * Returns the environment of a command: the passed variables, those named in `more`, and on top the configured
 * ones.
 */
export function buildJobEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb' };
  for (const name of [...PASSED_VARIABLES, ...more]) {
    const value = ours[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...configured };
}
