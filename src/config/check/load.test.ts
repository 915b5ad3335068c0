import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../errors/config.ts';
import { type Home, resolveHome } from '../../util/home.ts';
import { redactConfig } from '../secrets/redact.ts';
import { loadConfig } from './load.ts';

let home: Home;
beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-config-')));
});
afterEach(() => rmSync(home.root, { recursive: true }));

const makePipe = (path: string) => void execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
const fileRef = (path: string) => `$\{file:${path}}`;

function complaint(): string {
  try {
    loadConfig(home, {});
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

describe('loading', () => {
  it('says when there is no file and an example runs', () => {
    expect(loadConfig(home, {})).toMatchObject({ origin: 'default', source: '', secrets: [] });
  });

  it('keeps the text as it is', () => {
    const text = '\uFEFF// mine\n{ "limits": { "turns": 3 } }\n';
    writeFileSync(home.config, text);
    const loaded = loadConfig(home, {});
    expect(loaded).toMatchObject({ origin: 'file', source: text, config: { limits: { turns: 3 } } });
  });

  it('finds a file behind a link', () => {
    writeFileSync(join(home.root, 'real'), '{"limits": {"turns": 4}}');
    symlinkSync('real', home.config);
    expect(loadConfig(home, {}).config.limits.turns).toBe(4);
  });

  it('[E13] reads references to files, relative to the home and without the last line break', () => {
    writeFileSync(join(home.root, 'key'), 'key-from-file\r\n');
    writeFileSync(join(home.root, 'main.md'), '# Work\n\nBe kind.\n');
    writeFileSync(
      home.config,
      JSON.stringify({
        providers: { p: { type: 'openai', apiKey: fileRef('key') } },
        agents: { main: { model: 'p/m', instructions: fileRef(join(home.root, 'main.md')) } },
      }),
    );
    const { config, secrets } = loadConfig(home, {});
    expect(config.providers['p']).toMatchObject({ apiKey: 'key-from-file' });
    expect(config.agents['main']?.instructions).toBe('# Work\n\nBe kind.');
    expect(secrets).toEqual(['key-from-file']);
  });

  it('reads instructions from a file of their own, shows its path, and says when it cannot', () => {
    const main = { model: 'scripted/echo', instructions: { file: 'main.md' } };
    writeFileSync(home.config, JSON.stringify({ agents: { main } }));
    expect(complaint()).toBe(
      `midturn.jsonc:1:67 agents.main.instructions.file: ${home.root}/main.md cannot be read (there is no such file)`,
    );
    writeFileSync(join(home.root, 'main.md'), '# Work\n\nBe kind.\n');
    const loaded = loadConfig(home, {});
    expect(loaded.config.agents['main']?.instructions).toBe('# Work\n\nBe kind.');
    expect(redactConfig(loaded)).toEqual({ agents: { main } });
  });

  it.each([
    ['missing', () => {}, 'there is no such file'],
    ['folder', (path: string) => mkdirSync(path), 'is not a file of at most 1 MB'],
    ['binary', (path: string) => writeFileSync(path, Uint8Array.of(0xff, 0xfe)), 'it is not UTF-8'],
    ['empty', (path: string) => writeFileSync(path, '\n'), 'is empty'],
    ['pipe', (path: string) => makePipe(path), 'is not a file of at most 1 MB'],
  ])('names a file that cannot be used: %s', (name, make, why) => {
    make(join(home.root, name));
    writeFileSync(home.config, `{\n  "listen": "${fileRef(name)}" }`);
    expect(complaint()).toContain(`midturn.jsonc:2:13 listen: ${join(home.root, name)} `);
    expect(complaint()).toContain(why);
  });
});

describe('[E7] a configuration file that cannot be read', () => {
  it.each<[string, () => void, string]>([
    ['a folder', () => mkdirSync(home.config), 'is not a regular file'],
    ['a pipe', () => makePipe(home.config), 'is not a regular file'],
    ['a link to nothing', () => symlinkSync('nothing', home.config), 'cannot be read (ENOENT)'],
    ['not UTF-8', () => writeFileSync(home.config, Uint8Array.of(0x7b, 0xff, 0x7d)), 'is not UTF-8'],
    [
      'empty',
      () => writeFileSync(home.config, ''),
      'there is nothing in the file; write {} if the defaults are meant',
    ],
    [
      'a comment alone',
      () => writeFileSync(home.config, '// to be written\n'),
      'there is nothing in the file',
    ],
    ['too large', () => writeFileSync(home.config, `{}${' '.repeat(1024 * 1024)}`), 'is larger than 1 MB'],
  ])('is an error: %s', (_, make, why) => {
    make();
    expect(complaint()).toMatch(/^midturn\.jsonc:1:1: /);
    expect(complaint()).toContain(why);
  });

  it.skipIf(process.getuid?.() === 0)('is an error: no permission (root may read everything)', () => {
    writeFileSync(home.config, '{}');
    chmodSync(home.config, 0);
    expect(complaint()).toContain('cannot be read (EACCES)');
  });
});
