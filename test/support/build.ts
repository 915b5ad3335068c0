import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const BUILT = join(root, 'dist', 'cli', 'main.js');

/**
 * Before tests of real processes: they run the packed program, which is what users install, in a folder without any
 * `node_modules`. Once per run; MIDTURN_TEST_CLI names another program.
 */
export default function buildProgram(): (() => void) | undefined {
  if (process.env['MIDTURN_TEST_CLI'] !== undefined) return undefined;
  if (isStale()) execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root });
  const prefix = mkdtempSync(join(tmpdir(), 'midturn-packed-'));
  // Some tests run it as another user.
  chmodSync(prefix, 0o755);
  process.env['MIDTURN_TEST_CLI'] = join(unpackProgram(prefix), 'dist', 'cli', 'main.js');
  return () => rmSync(prefix, { recursive: true, force: true });
}

/** What `npm pack` yields, unpacked; the folder of the package. */
function unpackProgram(prefix: string): string {
  const options = ['--ignore-scripts', '--silent', '--offline', '--pack-destination', prefix];
  const [tarball = ''] = execFileSync('npm', ['pack', ...options], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
    .slice(-1);
  execFileSync('tar', ['-xzf', join(prefix, tarball), '-C', prefix]);
  return join(prefix, 'package');
}

function isStale(): boolean {
  const built = statSync(BUILT, { throwIfNoEntry: false });
  if (!built) return true;
  const sources = globSync(['src/**', 'scripts/build.ts', 'package*.json'], { cwd: root });
  return sources.some((path) => statSync(join(root, path)).mtimeMs >= built.mtimeMs);
}
