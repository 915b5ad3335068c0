import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const BUILT = join(root, 'dist', 'cli', 'main.js');

/** Before tests of real processes: they run the build, as people do, which starts in half the time of the sources. */
export default function build(): void {
  if (isStale()) execFileSync(process.execPath, ['tools/build.ts'], { cwd: root });
  process.env['MIDTURN_TEST_CLI'] ??= BUILT;
}

function isStale(): boolean {
  const built = statSync(BUILT, { throwIfNoEntry: false });
  if (!built) return true;
  const sources = globSync(['src/**', 'tools/build.ts', 'package*.json'], { cwd: root });
  return sources.some((path) => statSync(join(root, path)).mtimeMs >= built.mtimeMs);
}
