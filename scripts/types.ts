import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Writes the types of the entries, and of what they refer to, into `dist/`. Imports in them name the files as they
 * are published, with `.js`.
 */
export function emitTypes(entries: readonly string[]): void {
  if (entries.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'midturn-types-'));
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // `npm run check` has checked them.
    noCheck: true,
    rootDir: resolve('src'),
    outDir: resolve('dist'),
    typeRoots: [resolve('node_modules/@types')],
  };
  const files = entries.map((path) => resolve(`src/${path}.ts`));
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ extends: resolve('tsconfig.base.json'), compilerOptions, files }));
    execFileSync('node_modules/.bin/tsc', ['-p', config], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const file of globSync('dist/**/*.d.ts')) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'"));
  }
}
