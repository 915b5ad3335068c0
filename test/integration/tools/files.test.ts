import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/message.ts';
import { createFileTools } from '../../../src/tools/files/files.ts';
import { openParent } from '../../../src/tools/files/folder.ts';
import { resolveInRoots } from '../../../src/tools/files/paths.ts';
import { createToolRegistry } from '../../../src/tools/registry.ts';
import { resolveHome } from '../../../src/util/home.ts';
import { textOf } from './shell-bench.ts';
import { tempFolder } from './temp-folder.ts';

async function filesBench(readLimit = 10_000) {
  const top = await tempFolder();
  const [work, other, outside] = ['work', 'other', 'outside'].map((name) => join(top, name));
  if (!work || !other || !outside) throw new Error('folders');
  for (const folder of [other, outside]) await mkdir(folder);
  await writeFile(join(outside, 'secret'), 'secret');
  const tools = createToolRegistry(
    createFileTools({ enabled: true, roots: [work, other], readLimit }, resolveHome(join(top, 'home'))),
  );
  const run = async (name: string, input: Json, signal = new AbortController().signal) => {
    const tool = tools.get(name);
    if (!tool) throw new Error(name);
    return textOf(await tool.run(input, { session: 's', call: '1.1', key: 'k', attempt: 1, signal }));
  };
  await run('list_files', null);
  return { work, other, outside, run };
}

describe('[K5] outside the roots', () => {
  it('refuses to read, write, list or search by "..", an absolute path, or a link', async () => {
    const { work, outside, run } = await filesBench();
    await symlink(outside, join(work, 'out'));
    await symlink(join(outside, 'secret'), join(work, 'secret'));
    await symlink(join(outside, 'new'), join(work, 'dangling'));
    const escapes = [
      '../outside/secret',
      join(outside, 'secret'),
      'out/secret',
      'secret',
      'dangling',
      'out/a/b',
    ];
    for (const path of escapes) {
      expect(await run('read_file', { path })).toMatch(/^error-text: .* is not inside the folders/);
      expect(await run('write_file', { path, content: 'x' })).toMatch(/^error-text: .* is not inside/);
      expect(await run('edit_file', { path, old: 'secret', new: 'x' })).toMatch(
        /^error-text: .* is not inside/,
      );
      expect(await run('search_files', { path, pattern: 'secret' })).toMatch(/^error-text: .* is not inside/);
    }
    expect(await run('list_files', { path: 'out' })).toMatch(/^error-text: .* is not inside/);
    expect(await run('search_files', { pattern: '^secret$' })).toBe('text: [no matches]');
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('does not follow a folder that becomes a link after the check', async () => {
    const { work, outside } = await filesBench();
    const place = await resolveInRoots({ roots: [work] }, 'later/secret');
    await symlink(outside, join(work, 'later'));
    await expect(openParent(place)).rejects.toThrow();
    await expect(openParent(place, true)).rejects.toThrow();
  });

  it('does not follow a file that becomes a link after the check', async () => {
    const { work, outside } = await filesBench();
    const { folder, name } = await openParent(await resolveInRoots({ roots: [work] }, 'later'));
    await using parent = folder;
    await symlink(join(outside, 'secret'), join(work, 'later'));
    await expect(parent.openFile(name)).rejects.toThrow('ELOOP');
  });

  it("does not touch the daemon's own files in a root, under any name", async () => {
    const top = await tempFolder();
    const home = resolveHome(join(top, 'data/home'));
    const elsewhere = join(top, 'disk');
    for (const folder of [home.work, home.run, elsewhere]) await mkdir(folder, { recursive: true });
    await symlink(join(top, 'data'), join(top, 'link'));
    await symlink(elsewhere, home.state);
    for (const file of [home.config, join(home.root, 'other.jsonc'), join(elsewhere, 'journal.db')]) {
      await writeFile(file, 'hidden treasure');
    }
    const tools = createToolRegistry(
      createFileTools({ enabled: true, roots: [top], readLimit: 10_000 }, home),
    );
    const run = async (name: string, input: Json) => {
      const signal = new AbortController().signal;
      const output = await tools
        .get(name)
        ?.run(input, { session: 's', call: '1.1', key: 'k', attempt: 1, signal });
      return output ? textOf(output) : 'no such tool';
    };
    const own = [
      'data/home/midturn.jsonc',
      'link/home/midturn.jsonc',
      'data/home/other.jsonc',
      'disk/journal.db',
    ];
    for (const path of [...own, 'data/home/run/new', 'data/home/new', 'data/home/state/journal.db']) {
      expect(await run('read_file', { path })).toMatch(/is the daemon's own/);
      expect(await run('write_file', { path, content: 'x' })).toMatch(/is the daemon's own/);
      expect(await run('edit_file', { path, old: 'hidden', new: 'x' })).toMatch(/is the daemon's own/);
      expect(await run('search_files', { path, pattern: 'hidden' })).toMatch(/is the daemon's own/);
    }
    for (const path of ['data/home', 'link/home', 'disk', 'data/home/run']) {
      expect(await run('list_files', { path })).toMatch(/is the daemon's own/);
    }
    expect(await run('search_files', { pattern: 'hidden' })).toBe('text: [no matches]');
    expect(await run('list_files', { depth: 5 })).not.toContain('midturn.jsonc');
    expect(await run('write_file', { path: 'data/home/work/a', content: 'x' })).toContain('Wrote 1 bytes');
  });

  it('allows every root, and links between roots', async () => {
    const { work, other, run } = await filesBench();
    await symlink(other, join(work, 'link'));
    expect(await run('write_file', { path: 'link/x', content: 'hello' })).toContain('Wrote 5 bytes');
    expect(await run('read_file', { path: join(other, 'x') })).toBe('text: hello');
  });
});

describe('read_file', () => {
  it('reads whole lines within the limit and says how to continue', async () => {
    const { work, run } = await filesBench(20);
    await writeFile(join(work, 'f'), 'one\ntwo\nthree\nfour\nfive');
    expect(await run('read_file', { path: 'f', offset: 2, limit: 2 })).toBe(
      'text: two\nthree\n\n[lines 2 to 3; 9 bytes follow; read on with offset 4]',
    );
    expect(await run('read_file', { path: 'f' })).toMatch(
      /^text: one\ntwo\nthree\nfour\n\n\[lines 1 to 4; 4 bytes/,
    );
    expect(await run('read_file', { path: 'f', offset: 5 })).toBe('text: five');
    expect(await run('read_file', { path: 'f', offset: 6 })).toBe('error-text: f has only 5 lines.');
    await writeFile(join(work, 'long'), `${'ä'.repeat(30)}\nend`);
    expect(await run('read_file', { path: 'long' })).toMatch(/^text: ä{9}\n\[line 1 is too long/);
    expect(await run('read_file', { path: 'long', offset: 2 })).toBe('text: end');
  });

  it('finds a line after more than one chunk', async () => {
    const { work, run } = await filesBench();
    await writeFile(join(work, 'big'), `${'0123456789\n'.repeat(20_000)}last`);
    expect(await run('read_file', { path: 'big', offset: 20_001 })).toBe('text: last');
    expect(await run('read_file', { path: 'big', offset: 20_003 })).toContain('only 20001 lines');
  });

  it('explains why a file cannot be read', async () => {
    const { work, run } = await filesBench();
    await writeFile(join(work, 'bin'), Buffer.from([1, 0, 2]));
    await writeFile(join(work, 'latin'), Buffer.from([0x66, 0xfc, 0x72]));
    await writeFile(join(work, 'empty'), '');
    expect(await run('read_file', { path: 'bin' })).toBe(
      'error-text: bin is a binary file (3 bytes); this tool works on UTF-8 text only.',
    );
    expect(await run('read_file', { path: 'latin' })).toContain('is a binary file');
    expect(await run('read_file', { path: 'empty' })).toBe('text: [empty is empty]');
    expect(await run('read_file', { path: 'none' })).toBe('error-text: none does not exist.');
    expect(await run('read_file', { path: 'none/x' })).toBe('error-text: none/x does not exist.');
    expect(await run('read_file', { path: '.' })).toBe('error-text: . is a folder.');
  });
});

describe('write_file and edit_file', () => {
  it('writes atomically, creates folders, keeps permissions and leaves no temporary file', async () => {
    const { work, run } = await filesBench();
    expect(await run('write_file', { path: 'a/b/run.sh', content: 'one' })).toBe(
      'text: Wrote 3 bytes to a/b/run.sh.',
    );
    await chmod(join(work, 'a/b/run.sh'), 0o750);
    await run('write_file', { path: 'a/b/run.sh', content: 'two' });
    expect(await readFile(join(work, 'a/b/run.sh'), 'utf8')).toBe('two');
    expect((await stat(join(work, 'a/b/run.sh'))).mode & 0o777).toBe(0o750);
    expect(await readdir(join(work, 'a/b'))).toEqual(['run.sh']);
    expect(await run('write_file', { path: 'a', content: '' })).toBe('error-text: a is a folder.');
  });

  it('replaces only an exact match', async () => {
    const { work, run } = await filesBench();
    await writeFile(join(work, 'f'), 'a $& b a');
    const edit = (input: { old: string; new: string; replaceAll?: boolean }) =>
      run('edit_file', { path: 'f', ...input });
    expect(await edit({ old: 'c', new: 'd' })).toMatch(/^error-text: "old" does not occur in f/);
    expect(await edit({ old: 'a', new: 'd' })).toMatch(/^error-text: "old" occurs 2 times in f/);
    expect(await edit({ old: 'a', new: 'a' })).toContain('"new": is the same as "old"');
    expect(await edit({ old: 'b', new: '$&' })).toBe('text: Replaced 1 occurrence in f.');
    expect(await edit({ old: 'a', new: 'z', replaceAll: true })).toBe('text: Replaced 2 occurrences in f.');
    expect(await readFile(join(work, 'f'), 'utf8')).toBe('z $& $& z');
  });

  it('keeps all edits of one file that run in parallel', async () => {
    const { work, run } = await filesBench();
    const names = Array.from({ length: 12 }, (_, index) => `<${index}>`);
    await writeFile(join(work, 'f'), names.join('\n'));
    await Promise.all(names.map((name) => run('edit_file', { path: 'f', old: name, new: `${name}!` })));
    expect(await readFile(join(work, 'f'), 'utf8')).toBe(names.map((name) => `${name}!`).join('\n'));
  });
});

describe('list_files and search_files', () => {
  async function tree() {
    const bench = await filesBench();
    for (const folder of ['src/deep', '.git', 'node_modules'])
      await mkdir(join(bench.work, folder), { recursive: true });
    for (const file of ['src/deep/b.ts', 'src/a.ts', '.git/config', 'node_modules/x.ts', '.env', 'z.md']) {
      await writeFile(join(bench.work, file), `first\nfind me in ${file}\n`);
    }
    await writeFile(join(bench.work, 'binary'), Buffer.from('find me\0'));
    await symlink('z.md', join(bench.work, 'link'));
    return bench;
  }

  it('lists entries by name, up to the depth and the limit', async () => {
    const { run } = await tree();
    expect(await run('list_files', {})).toBe('text: binary\nlink -> z.md\nnode_modules/\nsrc/\nz.md');
    expect(await run('list_files', { path: 'src', depth: 3 })).toBe(
      'text: src/a.ts\nsrc/deep/\nsrc/deep/b.ts',
    );
    expect(await run('list_files', { hidden: true, depth: 9 })).not.toContain('.git/config');
    expect(await run('list_files', { limit: 1 })).toBe(
      'text: binary\n[only the first 1 entries; there are more]',
    );
    expect(await run('list_files', { path: 'z.md' })).toContain('is not a folder');
  });

  it('shows a part of a long line, cut between characters', async () => {
    const { work, run } = await filesBench();
    for (const before of ['', 'a']) {
      await writeFile(join(work, 'long.txt'), `${before}${'😀'.repeat(900)}needle${'😀'.repeat(900)}`);
      const found = await run('search_files', { pattern: 'needle' });
      expect(found).toContain('needle');
      expect(found.isWellFormed()).toBe(true);
    }
  });

  it('searches text files, optionally by name pattern', async () => {
    const { other, run } = await tree();
    expect(await run('search_files', { pattern: 'find (me|you)' })).toBe(
      'text: src/a.ts:2: find me in src/a.ts\nsrc/deep/b.ts:2: find me in src/deep/b.ts\nz.md:2: find me in z.md',
    );
    expect(await run('search_files', { pattern: 'FIND', ignoreCase: true, glob: '*.md' })).toContain(
      'z.md:2',
    );
    expect(await run('search_files', { pattern: 'find', glob: 'src/*.ts' })).toBe(
      'text: src/a.ts:2: find me in src/a.ts',
    );
    expect(await run('search_files', { pattern: 'find', path: 'z.md' })).toContain('z.md:2: find me');
    expect(await run('search_files', { pattern: 'find', limit: 1 })).toContain('there are more');
    expect(await run('search_files', { pattern: 'find', path: 'none' })).toContain('does not exist');
    expect(await run('search_files', { pattern: '(' })).toMatch(/^error-text: "pattern" \( is not a regular/);
    await writeFile(join(other, 'o'), 'find');
    expect(await run('search_files', { pattern: 'find', path: other })).toBe(
      `text: ${join(other, 'o')}:1: find`,
    );
  });

  it('[F6] ends a pattern that would run forever when the call ends', async () => {
    const { work, run } = await filesBench();
    await writeFile(join(work, 'f'), `${'a'.repeat(60)}b`);
    const controller = new AbortController();
    const search = run('search_files', { pattern: '^(a+)+$' }, controller.signal);
    setTimeout(() => controller.abort('timeout'), 300);
    expect(await search).toBe('error-text: The search was stopped: timeout.');
  });
});
