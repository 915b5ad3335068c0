import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';
import { builtinImportsPlugin } from './builtin-imports.ts';
import { licencePlugin } from './licences.ts';
import { emitTypes } from './types.ts';

/**
 * `npm run build`: builds `dist/` from `src/`. The programs keep their paths; everything that they share,
 * packages included, goes into a few files beside them, because finding and reading more than 450 files took
 * 40 % of the processor time of a generation's start. Every export of package.json is an entry as well, with its
 * types: `./dist/client/index.js` is built from `src/client/index.ts`.
 */
/**
 * Entry that is copied without bundling, and has no types: a bundle would import syntax that an old Node
 * cannot parse before the launcher can report it.
 */
const LAUNCHER = 'cli/main';

/** Entries that also run outside Node. They share nothing with the programs, whose shared files import Node. */
const PORTABLE = /^client\//;

rmSync('dist', { recursive: true, force: true });
const exported = listExports();
const programs = [...new Set([...listPrograms(), ...exported.filter((path) => !PORTABLE.test(path))])];
await buildBundle(programs, 'shared', {
  platform: 'node',
  // The build must do what the sources do. Removing "unused" code takes calls for pure that throw, such as
  // decodeURIComponent, and without strict order a module may run before one that it extends a prototype of.
  treeshake: false,
  plugins: [builtinImportsPlugin(), licencePlugin('THIRD-PARTY-LICENSES')],
});
// A page loads all of it, so what it does not use is left out; two thirds of it would be parts of packages.
await buildBundle(
  exported.filter((path) => PORTABLE.test(path)),
  'client/shared',
  {
    platform: 'neutral',
    external: /^node:/,
  },
);
const launcher = readFileSync(`src/${LAUNCHER}.ts`, 'utf8');
writeFileSync(`dist/${LAUNCHER}.js`, launcher.replace('./run.ts', './run.js'));
chmodSync(`dist/${LAUNCHER}.js`, 0o755);
cpSync('src/journal/sqlite/store/migrations', 'dist/journal/sqlite/store/migrations', { recursive: true });
emitTypes(exported);

async function buildBundle(entries: readonly string[], shared: string, options: InputOptions): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((path) => [path, `src/${path}.ts`])),
    // Some packages also have an older variant, which cannot be bundled.
    resolve: { mainFields: ['module', 'main'] },
    ...options,
  });
  const output: OutputOptions = {
    dir: 'dist',
    chunkFileNames: `${shared}/[name]-[hash].js`,
    strictExecutionOrder: true,
    // The default still removes what it believes to be dead code.
    minify: false,
  };
  await bundle.write(output);
}

/** The command line behind the launcher, and the modules that are started rather than imported. */
function listPrograms(): string[] {
  const started = globSync('src/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/entryPoint\('([^']+)'\)/g)].map(([, path = '']) => path),
  );
  return [...new Set(['cli/run', ...started])].filter((path) => path !== LAUNCHER);
}

/** The modules that programs of others import, from the exports of package.json. */
function listExports(): string[] {
  const { exports }: { exports: Record<string, string | { default: string }> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')],
  );
}
