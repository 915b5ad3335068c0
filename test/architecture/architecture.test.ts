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

  it('keeps the core free of Node and of every package', () => {
    const outside = listSources(join(src, 'core')).filter((file) =>
      /from '(?!\.{1,2}\/)/.test(readFileSync(join(src, 'core', file), 'utf8')),
    );
    expect(outside).toEqual([]);
  });

  it('keeps every file within 300 lines', () => {
    const long = listSources(src).filter(
      (file) => readFileSync(join(src, file), 'utf8').split('\n').length > 301,
    );
    expect(long).toEqual([]);
  });
});
