import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from '../../errors/config.ts';
import { resolveHome } from '../../util/home.ts';
import { checkConfig } from './check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'midturn-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function complaints(tools: object): string[] {
  try {
    checkConfig(JSON.stringify({ tools }), { home: resolveHome('/srv/midturn'), env: { PATH: folder } });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

/** A program called bwrap that does this. */
function bwrap(script: string): void {
  writeFileSync(join(folder, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

it('[K5] a sandbox is refused where its program is missing, and where the machine does not let it work', () => {
  const shell = { sandbox: 'bubblewrap' };
  expect(complaints({ shell })).toEqual([
    `tools.shell.sandbox: the program "bwrap" is not on the daemon's PATH`,
  ]);
  bwrap('echo "bwrap: No permissions to create new namespace" >&2; exit 1');
  expect(complaints({ shell })).toEqual([
    `tools.shell.sandbox: ${folder}/bwrap cannot make a sandbox on this machine (bwrap: No permissions to create new namespace)`,
  ]);
  bwrap('exit 0');
  expect(complaints({ shell })).toEqual([]);
  expect(complaints({ shell: { ...shell, enabled: false } })).toEqual([]);
});

it('a machine on which it works is asked once', () => {
  bwrap('exec rm "$0.once"');
  writeFileSync(join(folder, 'bwrap.once'), '');
  expect(complaints({ shell: { sandbox: 'bubblewrap' } })).toEqual([]);
  expect(complaints({ shell: { sandbox: 'bubblewrap' } })).toEqual([]);
});

it("[K5] a folder of commands is never one of the daemon's own", () => {
  bwrap('exit 0');
  const own = "is the daemon's own, and commands in a sandbox must not see it";
  expect(
    complaints({
      shell: { sandbox: 'bubblewrap', cwd: 'state/x' },
      files: { roots: ['.', 'work', '/srv', 'jobs'] },
    }),
  ).toEqual([
    `tools.shell.cwd: state/x ${own}`,
    `tools.files.roots[0]: . ${own}`,
    `tools.files.roots[3]: jobs ${own}`,
  ]);
  expect(complaints({ files: { roots: ['.'] } })).toEqual([]);
});
