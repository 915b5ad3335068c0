import { findSandboxProblem } from '../../util/bubblewrap.ts';
import { type Home, leadsToOwnPath } from '../../util/home.ts';
import { resolvePath } from '../fields/paths.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';

/**
 * Refuses a sandbox that this machine cannot make, and folders that would expose the daemon to commands in it. A
 * configured sandbox is never skipped, so every command would fail later.
 */
export function checkSandbox(
  { tools: { shell, files } }: ParsedConfig,
  { home, env, given }: { home: Home; env: Readonly<Record<string, string | undefined>>; given?: unknown },
): Finding[] {
  if (!shell.enabled || shell.sandbox === 'none') return [];
  const problem = given ? undefined : findSandboxProblem(env['PATH'] ?? '');
  const found: Finding[] = problem ? [{ path: ['tools', 'shell', 'sandbox'], at: 'value', ...problem }] : [];
  const places = [
    { path: ['tools', 'shell', 'cwd'], place: shell.cwd },
    ...(files.roots ?? []).map((place, index) => ({ path: ['tools', 'files', 'roots', index], place })),
  ];
  for (const { path, place } of places) {
    if (place === undefined || !leadsToOwnPath(home, resolvePath(place, home.root))) continue;
    const message = `${place} is the daemon's own, and commands in a sandbox must not see it`;
    found.push({ path, at: 'value', message, hint: `use a folder of their own, such as ${home.work}` });
  }
  return found;
}
