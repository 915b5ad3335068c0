import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check/check.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';

let home: Home;
beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-config-write-')));
});
afterEach(() => rmSync(home.root, { recursive: true }));

const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Sets one key repeatedly, in a file long enough to be cut by a kill; prints each value once it is on disk. */
const WRITER = `
  import { readFileSync } from 'node:fs';
  import { hashSource, inspectConfig } from ${module('../../src/config/check/load.ts')};
  import { applyMergePatch, writeConfig } from ${module('../../src/config/revisions/edit.ts')};
  import { resolveHome } from ${module('../../src/util/home.ts')};
  const home = resolveHome(process.argv[1]);
  for (let turns = Number(process.argv[2]); ; turns++) {
    const present = turns === 1 ? '// ' + 'x'.repeat(200_000) + '\\n{}' : readFileSync(home.config, 'utf8');
    const base = turns === 1 ? inspectConfig(home.config, 'file').hash : hashSource(present);
    writeConfig(home, applyMergePatch(present, { limits: { turns } }), base);
    process.stdout.write(turns + '\\n');
    await new Promise(setImmediate);
  }`;

it('[E11] a writer that is killed at any moment leaves a complete file with every reported value', async () => {
  mkdirSync(join(home.root, 'real'));
  symlinkSync('real/file', home.config);
  let written = 0;
  for (let round = 0; round < 8; round++) {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', WRITER, home.root, `${written + 1}`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const exit = once(child, 'exit');
    const enough = written + 2 + round;
    for await (const chunk of child.stdout) {
      written = Math.max(written, ...String(chunk).trim().split('\n').map(Number));
      if (written >= enough) child.kill('SIGKILL');
    }
    await exit;
    const text = readFileSync(join(home.root, 'real/file'), 'utf8');
    const { turns } = checkConfig(text, { home, env: {} }).config.limits;
    expect(turns).toBeGreaterThanOrEqual(written);
    expect(turns).toBeLessThanOrEqual(written + 1);
    expect(text).toContain(`// ${'x'.repeat(200_000)}\n`);
    written = turns;
  }
});
