import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Midturn, midturn, runningHome } from './midturn.ts';

/** A running home with two files beside it. */
async function withFiles() {
  const { home } = await runningHome();
  const at = (name: string) => join(home, 'files', name);
  mkdirSync(at(''));
  writeFileSync(at('notes.txt'), 'buy milk\n');
  writeFileSync(at('odd name.bin'), Buffer.alloc(100_000, 0));
  return { home, at };
}

it('[L13] send attaches files; show names them; blobs get writes them', async () => {
  const { home, at } = await withFiles();
  const files = ['--file', at('notes.txt'), '--file', at('odd name.bin')];
  const sent = await midturn(home, ['send', 's', 'Read this', ...files, '--wait']);
  expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('You said: Read this') });
  const shown = await midturn(home, ['sessions', 'show', 's']);
  expect(shown.stdout).toMatch(/\[file notes\.txt, 9 bytes; [0-9a-f]{32}\]/);
  const blob = /odd name\.bin", 100 kB; ([0-9a-f]{32})\]/.exec(shown.stdout)?.[1] ?? '';
  const copy = at('copy.bin');
  expect(await midturn(home, ['blobs', 'get', 's', blob, '-o', copy])).toMatchObject({ code: 0 });
  expect(readFileSync(copy).equals(Buffer.alloc(100_000, 0))).toBe(true);
  expect(await midturn(home, ['blobs', 'get', 's', blob, '-o', copy])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('exists already'),
  });
  const piped = await midturn(home, ['blobs', 'get', 's', blob]);
  expect(piped).toMatchObject({ code: 0, stdout: '\u0000'.repeat(100_000) });
  expect(await midturn(home, ['blobs', 'get', 's', 'none', '-o', at('none')])).toMatchObject({ code: 1 });
});

it('send needs a text or a file, and says which file it cannot read', async () => {
  const { home, at } = await withFiles();
  expect(await midturn(home, ['send', 's', ''])).toMatchObject({ code: 2 });
  expect(await midturn(home, ['send', 's', '', '--file', at('notes.txt')])).toMatchObject({ code: 0 });
  const lost = await midturn(home, ['send', 's', 'hi', '--file', at('lost.txt')]);
  expect(lost).toMatchObject({ stderr: expect.stringContaining('lost.txt') });
  expect(lost.code).not.toBe(0);
});

it('[L13] chat attaches files to the next message', async () => {
  const { home, at } = await withFiles();
  const chat = new Midturn(home, ['chat', 's']);
  chat.type(`/file ${at('notes.txt')}`);
  await chat.until(/notes\.txt \(9 bytes\) goes with your next message/);
  chat.type('What is missing?');
  await chat.until(/You said: What is missing\?/);
  chat.type(`/file ${at('lost.txt')}`);
  await chat.until(/✗ .*lost\.txt/);
  chat.type(`/file ${at('notes.txt')}`);
  chat.process.stdin.end();
  const { stdout } = await chat.ended;
  expect(stdout).toContain('attached and not sent, because no message followed: 1 file');
  const shown = await midturn(home, ['sessions', 'show', 's']);
  expect(shown.stdout).toContain('[file notes.txt, 9 bytes;');
});
