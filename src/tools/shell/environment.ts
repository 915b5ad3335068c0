/** Of our own environment only what a command needs to find its way; nothing else of it may leak (secrets). */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

/** Returns the clean environment of a command: what is passed on, `more` of it, and on top what the operator set. */
export function jobEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb' };
  for (const name of [...PASSED, ...more]) {
    const value = ours[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...configured };
}
