import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { licencePlugin } from './licences.ts';

/**
 * `npm run build`: builds `dist/` from `src/`. The programs keep their paths; everything that they share,
 * packages included, goes into a few files beside them, because finding and reading more than 450 files took
 * 40 % of the processor time of a generation's start.
 */
/**
 * Entry that is copied without bundling, and has no types: a bundle would import syntax that an old Node
 * cannot parse before the launcher can report it.
 */
const LAUNCHER = 'cli/main';

rmSync('dist', { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(listPrograms().map((path) => [path, `src/${path}.ts`])),
  platform: 'node',
  // Some packages also have an older variant, which cannot be bundled.
  resolve: { mainFields: ['module', 'main'] },
  // The build must do what the sources do. Removing "unused" code takes calls for pure that throw, such as
  // decodeURIComponent, and without strict order a module may run before one that it extends a prototype of.
  treeshake: false,
  plugins: [licencePlugin('THIRD-PARTY-LICENSES')],
});
await bundle.write({
  dir: 'dist',
  chunkFileNames: 'shared/[name]-[hash].js',
  strictExecutionOrder: true,
  // The default still removes what it believes to be dead code.
  minify: false,
});
const launcher = readFileSync(`src/${LAUNCHER}.ts`, 'utf8');
writeFileSync(`dist/${LAUNCHER}.js`, launcher.replace('./run.ts', './run.js'));
chmodSync(`dist/${LAUNCHER}.js`, 0o755);
cpSync('src/journal/sqlite/store/migrations', 'dist/journal/sqlite/store/migrations', { recursive: true });

/** The command line behind the launcher, and the modules that are started rather than imported. */
function listPrograms(): string[] {
  const started = globSync('src/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/entryPoint\('([^']+)'\)/g)].map(([, path = '']) => path),
  );
  return [...new Set(['cli/run', ...started])].filter((path) => path !== LAUNCHER);
}
