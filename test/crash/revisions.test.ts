import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RevisionStore } from '../../src/config/revisions/revisions.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';

let home: Home;
beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-revisions-')));
});
afterEach(() => rmSync(home.root, { recursive: true }));

const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Adds revisions repeatedly; prints each number once the revision is on disk and good. */
const WRITER = `
  import { RevisionStore } from ${module('../../src/config/revisions/revisions.ts')};
  import { resolveHome } from ${module('../../src/util/home.ts')};
  const store = new RevisionStore(resolveHome(process.argv[1]), (error) => { throw error; });
  for (;;) {
    const text = '// ' + 'x'.repeat(20_000);
    const { number } = store.addRevision({ source: text, hash: 'h', origin: 'file', keys: [], at: 0 });
    store.markRevision(number, 'good');
    process.stdout.write(number + '\\n');
    await new Promise(setImmediate);
  }`;

it('[E8] a writer that is killed at any moment damages no revision and loses none that it had reported', async () => {
  let written = 0;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, home.root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const enough = written + 3 + round;
    for await (const chunk of child.stdout) {
      written = Math.max(written, ...String(chunk).trim().split('\n').map(Number));
      if (written >= enough) child.kill('SIGKILL');
    }
    await exit;
    const reader = new RevisionStore(home);
    const numbers = reader.list().map(({ number }) => number);
    const last = numbers.at(-1) ?? 0;
    expect(last).toBeGreaterThanOrEqual(written);
    const first = Math.max(1, last - 50);
    expect(numbers.slice(-(last - first))).toEqual(
      Array.from({ length: last - first }, (_, index) => first + 1 + index),
    );
    const good = reader.findLastGood();
    expect(good?.revision.number).toBeGreaterThanOrEqual(written);
    expect(good?.source).toHaveLength(20_003);
  }
});
