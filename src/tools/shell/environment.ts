/** Of our own environment only what a command needs to find its way; nothing else of it may leak (secrets). */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

/** The clean environment of a command, with what the operator configured on top. */
export function jobEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb' };
  for (const name of PASSED) {
    const value = ours[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...configured };
}
