import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConfigWatchOptions, watchConfig } from './watch.ts';

let base: string;
let home: string;
let path: string;
const watches: { close(): void }[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'midturn-watch-'));
  home = join(base, 'home');
  path = join(home, 'midturn.jsonc');
  mkdirSync(home);
  writeFileSync(path, '// one');
});
afterEach(() => {
  vi.useRealTimers();
  for (const watch of watches.splice(0)) watch.close();
  rmSync(base, { recursive: true });
});

/** Returns when a file system's clock is sure to have gone on since the last write; some count in steps of 10 ms. */
function tick(): void {
  const start = performance.now();
  while (performance.now() - start < 15) statSync(path);
}

function makeReadable(): void {
  tick();
  chmodSync(path, 0o600);
}

const at = (name: string) => join(home, name);

/** Ways in which the content changes, each with what must be there before. */
const WAYS: Record<string, { given?: () => void; change: () => void }> = {
  'written in place': { change: () => writeFileSync(path, '// another') },
  'written in place with the same size and time': {
    given: () => utimesSync(path, 1000, 1000),
    change: () => {
      tick();
      writeFileSync(path, '// two');
      utimesSync(path, 1000, 1000);
    },
  },
  'renamed over': {
    change: () => {
      writeFileSync(at('new'), '// another');
      renameSync(at('new'), path);
    },
  },
  'saved by vim: moved away, written anew, the old one deleted': {
    change: () => {
      renameSync(path, at('midturn.jsonc~'));
      writeFileSync(path, '// another');
      unlinkSync(at('midturn.jsonc~'));
    },
  },
  deleted: { change: () => unlinkSync(path) },
  'deleted and made again': {
    change: () => {
      tick();
      unlinkSync(path);
      writeFileSync(path, '// one');
    },
  },
  made: { given: () => unlinkSync(path), change: () => writeFileSync(path, '// another') },
  'made readable': { given: () => chmodSync(path, 0), change: makeReadable },
  'switched as Kubernetes does': {
    given: () => {
      unlinkSync(path);
      for (const version of ['..2026_1', '..2026_2']) {
        mkdirSync(at(version));
        writeFileSync(at(`${version}/midturn.jsonc`), `// ${version}`);
      }
      symlinkSync('..2026_1', at('..data'));
      symlinkSync('..data/midturn.jsonc', path);
    },
    change: () => {
      symlinkSync('..2026_2', at('..data_tmp'));
      renameSync(at('..data_tmp'), at('..data'));
      rmSync(at('..2026_1'), { recursive: true });
    },
  },
};

/** Changes that the system does not report for the file's folder. */
const SILENT_WAYS: typeof WAYS = {
  'written where a link leads': {
    given: () => {
      renameSync(path, join(base, 'real'));
      symlinkSync('../real', path);
    },
    change: () => writeFileSync(join(base, 'real'), '// another'),
  },
  'in a folder that took the place of its own': {
    change: () => {
      mkdirSync(join(base, 'next'));
      writeFileSync(join(base, 'next/midturn.jsonc'), '// another');
      renameSync(home, join(base, 'old'));
      renameSync(join(base, 'next'), home);
    },
  },
  'gone with its folder': { change: () => rmSync(home, { recursive: true }) },
};

function start(options: Partial<ConfigWatchOptions>): void {
  watches.push(watchConfig({ path, files: () => [], onChange: () => {}, ...options }));
}

/** Time is ours, so that nothing is waited for and nothing but looking is left. */
function startWithOwnTime(options: Partial<ConfigWatchOptions> = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const onChange = vi.fn();
  start({ onChange, ...options });
  return { onChange, pass: (ms: number) => vi.advanceTimersByTime(ms) };
}

describe('[E1] a change is noticed', () => {
  it.each(Object.entries(WAYS))('by what the system reports: %s', async (_, { given, change }) => {
    given?.();
    await new Promise<void>((resolve) => {
      start({ onChange: resolve, settle: 10, poll: 3_600_000 });
      change();
    });
  });

  it.each(Object.entries({ ...WAYS, ...SILENT_WAYS }))(
    'by looking alone, once: %s',
    (_, { given, change }) => {
      given?.();
      const { onChange, pass } = startWithOwnTime();
      pass(10_000);
      expect(onChange).not.toHaveBeenCalled();
      change();
      pass(250);
      expect(onChange).not.toHaveBeenCalled();
      pass(200);
      expect(onChange).toHaveBeenCalledTimes(1);
      pass(10_000);
      expect(onChange).toHaveBeenCalledTimes(1);
    },
  );

  it('[E13] in a file that the configuration refers to, even if it was not there', () => {
    const secret = join(base, 'secret');
    const files: string[] = [secret];
    const { onChange, pass } = startWithOwnTime({ files: () => files });
    writeFileSync(secret, 'first');
    pass(450);
    expect(onChange).toHaveBeenCalledTimes(1);
    writeFileSync(secret, 'second one');
    pass(450);
    expect(onChange).toHaveBeenCalledTimes(2);
    files.pop();
    writeFileSync(secret, 'third');
    pass(450);
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it('[E13] in a file that is referred to only since the change, if it changed after that was told', () => {
    const [old, rotated] = [join(base, 'old'), join(base, 'rotated')];
    for (const file of [old, rotated]) writeFileSync(file, 'secret');
    for (let count = 0; count < 3; count++) tick();
    const files: string[] = [];
    const onChange = vi.fn(() => {
      if (onChange.mock.calls.length > 1) return;
      files.push(old, rotated);
      tick();
      writeFileSync(rotated, 'rotated');
    });
    const { pass } = startWithOwnTime({ files: () => files, onChange });
    writeFileSync(path, '// refers to both');
    pass(450);
    expect(onChange).toHaveBeenCalledTimes(1);
    pass(10_000);
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it('[E13] but a file that is referred to only since the change is no change by itself', () => {
    const old = join(base, 'old');
    writeFileSync(old, 'secret');
    for (let count = 0; count < 3; count++) tick();
    const files: string[] = [];
    const { onChange, pass } = startWithOwnTime({ files: () => files });
    files.push(old);
    pass(10_000);
    expect(onChange).not.toHaveBeenCalled();
  });
});

describe('[E1] a burst', () => {
  it('is told once, when it is over', () => {
    const { onChange, pass } = startWithOwnTime({ poll: 50 });
    for (let count = 0; count < 12; count++) {
      writeFileSync(path, 'x'.repeat(count + 1));
      pass(100);
    }
    expect(onChange).not.toHaveBeenCalled();
    pass(200);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('without an end is told every two seconds, and once more when it is over', () => {
    const { onChange, pass } = startWithOwnTime({ poll: 50 });
    for (let count = 0; count < 105; count++) {
      writeFileSync(path, 'x'.repeat(count + 1));
      pass(100);
    }
    expect(onChange).toHaveBeenCalledTimes(5);
    pass(10_000);
    expect(onChange).toHaveBeenCalledTimes(6);
  });

  it('that still goes on at the last look before it is told is waited for', () => {
    const { onChange, pass } = startWithOwnTime({ poll: 1000 });
    writeFileSync(path, '// 1');
    pass(1000);
    writeFileSync(path, '// 22');
    pass(200);
    expect(onChange).not.toHaveBeenCalled();
    pass(200);
    expect(onChange).toHaveBeenCalledTimes(1);
  });
});

it('other files of the folder do not matter', () => {
  const { onChange, pass } = startWithOwnTime();
  writeFileSync(at('notes'), 'x');
  pass(10_000);
  expect(onChange).not.toHaveBeenCalled();
});

it('tells nothing after it was closed', () => {
  const { onChange, pass } = startWithOwnTime();
  writeFileSync(path, '// another');
  pass(250);
  for (const watch of watches) watch.close();
  pass(10_000);
  expect(onChange).not.toHaveBeenCalled();
});

it('keeps no process alive', async () => {
  const source = `
    import { watchConfig } from ${JSON.stringify(new URL('./watch.ts', import.meta.url).href)};
    import { writeFileSync } from 'node:fs';
    watchConfig({ path: process.argv[1], files: () => [], onChange() {} });
    writeFileSync(process.argv[1], '// changed');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source, path], {
    stdio: 'inherit',
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
