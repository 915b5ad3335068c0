import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  buildImportGraph,
  findCrowdedFolders,
  findMutualImports,
  findViolations,
  listLoadedFiles,
  listSources,
} from './imports.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const bad = fileURLToPath(new URL('./fixtures/bad', import.meta.url));

describe('the architecture', () => {
  it('lets imports go down only, without cycles', () => {
    expect(findViolations(src)).toEqual([]);
    expect(buildImportGraph(src).size).toBeGreaterThan(50);
  });

  it('reports an upward import and a cycle in the known-bad fixture', () => {
    const found = findViolations(bad).map(({ file, why }) => `${file}: ${why}`);
    expect(found).toContain('core/reaches-up.ts: "core" may import only nothing');
    expect(found.some((line) => line.includes('import cycle'))).toBe(true);
  });

  it('keeps folders small, and lets no two folders import each other', () => {
    expect(findCrowdedFolders(src, 15)).toEqual([]);
    expect(findMutualImports(src)).toEqual([]);
    expect(findCrowdedFolders(bad, 1)).toContain('journal: 3 files');
    expect(findMutualImports(bad)).toEqual([
      'core/reaches-up.ts → journal/open.ts, journal/needs-core.ts → core/reaches-up.ts',
    ]);
  });

  it('loads no code of tools into the supervisor: only what the modules declare', () => {
    const CODE = /^(tools\/(?!builtin\.ts|port\/|[^/]+\/(module|config)\.ts)|models|engine|journal)/;
    const listCode = (root: string) =>
      [...listLoadedFiles(root, ['supervisor', 'config', 'permissions'])].filter((file) => CODE.test(file));
    expect(listCode(src)).toEqual([]);
    expect(listLoadedFiles(src, ['supervisor'])).toContain('tools/shell/module.ts');
    expect(listCode(bad)).toEqual(['tools/heavy/heavy.ts']);
  });

  it.each(['core', 'supervisor/core'])('keeps %s free of Node and of every package', (folder) => {
    const sources = listSources(join(src, folder));
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((file) => importsPackage(join(src, folder, file)))).toEqual([]);
    expect(importsPackage(join(src, 'supervisor/supervisor.ts'))).toBe(false);
    expect(importsPackage(join(src, 'supervisor/process/generation-process.ts'))).toBe(true);
  });

  it('lets the core of the supervisor take no more than types from the messages', () => {
    const values = listSources(join(src, 'supervisor/core')).filter((file) =>
      takesValues(readFileSync(join(src, 'supervisor/core', file), 'utf8'), 'ipc/'),
    );
    expect(values).toEqual([]);
    expect(takesValues("import type {\n  A,\n} from '../../ipc/messages.ts';", 'ipc/')).toBe(false);
    expect(takesValues("import {\n  type A,\n  b,\n} from '../../ipc/messages.ts';", 'ipc/')).toBe(true);
  });

  it('keeps Node out of everything that the client library loads, except for its file for Node', () => {
    const listNodeUsers = (start: string) =>
      [...listLoadedFiles(src, [start])].filter((file) =>
        /from 'node:|\b(process|Buffer)\./.test(readFileSync(join(src, file), 'utf8')),
      );
    expect(listNodeUsers('client/index.ts')).toEqual([]);
    expect(listLoadedFiles(src, ['client/index.ts'])).toContain('protocol/events.ts');
    expect(listNodeUsers('client/node.ts')).toContain('client/node.ts');
  });

  it('keeps every file within 300 lines', () => {
    const long = listSources(src).filter(
      (file) => readFileSync(join(src, file), 'utf8').split('\n').length > 301,
    );
    expect(long).toEqual([]);
  });
});

/** Checks whether a file imports anything that is no file of this project. */
function importsPackage(path: string): boolean {
  return /from '(?!\.{1,2}\/)/.test(readFileSync(path, 'utf8'));
}

/** Checks whether a text imports more than types from a folder above its own. */
function takesValues(text: string, folder: string): boolean {
  const imports = [...text.matchAll(/^import (?!type )[^;]*from '([^']+)'/gm)];
  return imports.some(([, from = '']) => from.replace(/^(\.\.\/)+/, '').startsWith(folder));
}
