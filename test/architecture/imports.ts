import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';

/**
 * Import rules: the folders of `src` that each folder may import from, besides itself. Imports go down only. A subfolder
 * with a line of its own is a room of its own: `config/fields` is below the tools, which declare their sections with it,
 * and the rest of `config` is above them. `engine/runner` is known only inside the engine.
 */
const LAYERS: Record<string, readonly string[]> = {
  core: [],
  errors: ['core'],
  util: ['core', 'errors'],
  telemetry: ['core', 'errors', 'util'],
  journal: ['core', 'telemetry', 'errors', 'util'],
  models: ['core', 'errors', 'util'],
  'config/fields': ['errors', 'util'],
  tools: ['core', 'config/fields', 'telemetry', 'errors', 'util'],
  permissions: ['core', 'tools', 'errors', 'util'],
  config: ['config/fields', 'permissions', 'tools', 'errors', 'util'],
  engine: [
    'engine/runner',
    'core',
    'journal',
    'models',
    'tools',
    'permissions',
    'telemetry',
    'errors',
    'util',
  ],
  'engine/runner': [
    'engine',
    'core',
    'journal',
    'models',
    'tools',
    'permissions',
    'telemetry',
    'errors',
    'util',
  ],
  sessions: ['core', 'engine', 'journal', 'errors', 'util'],
  schedules: ['core', 'engine', 'journal', 'telemetry', 'errors', 'util'],
  protocol: ['core', 'errors', 'util'],
  client: ['protocol', 'core', 'errors', 'util'],
  terminal: ['protocol', 'errors', 'util'],
  'supervisor/ipc': ['config'],
  'supervisor/core': ['supervisor/ipc'],
  supervisor: ['supervisor/core', 'supervisor/ipc', 'config', 'config/fields', 'errors', 'util', 'telemetry'],
  http: ['protocol', 'sessions', 'schedules', 'errors', 'util'],
  generation: [
    'core',
    'journal',
    'models',
    'tools',
    'engine',
    'sessions',
    'schedules',
    'config',
    'config/fields',
    'permissions',
    'supervisor',
    'supervisor/ipc',
    'protocol',
    'http',
    'telemetry',
    'errors',
    'util',
  ],
  demo: ['client', 'terminal', 'protocol', 'supervisor', 'errors', 'util'],
  cli: [
    'demo',
    'client',
    'terminal',
    'protocol',
    'config',
    'config/fields',
    'supervisor',
    'telemetry',
    'errors',
    'util',
  ],
};

export interface Violation {
  file: string;
  imports: string;
  why: string;
}

/** Finds every import in `root` that the layers do not allow, and every import cycle between files. */
export function findViolations(
  root: string,
  layers: Record<string, readonly string[]> = LAYERS,
): Violation[] {
  const graph = buildImportGraph(root);
  const found: Violation[] = [];
  for (const [file, imports] of graph) {
    for (const imported of imports) {
      const why = explainForbidden(roomOf(file, layers), roomOf(imported, layers), layers);
      if (why) found.push({ file, imports: imported, why });
    }
  }
  return [...found, ...findCycles(graph)];
}

function explainForbidden(
  from: string,
  to: string,
  layers: Record<string, readonly string[]>,
): string | undefined {
  if (from === to) return undefined;
  const allowed = layers[from];
  if (!allowed) return `folder "${from}" is not in the table`;
  return allowed.includes(to) ? undefined : `"${from}" may import only ${allowed.join(', ') || 'nothing'}`;
}

function roomOf(file: string, layers: Record<string, readonly string[]>): string {
  const [folder = '', subfolder] = file.split('/');
  const room = `${folder}/${subfolder}`;
  return Object.hasOwn(layers, room) ? room : folder;
}

/**
 * Lists the files that are loaded when these files, or the files in these folders, are: imports of types and imports at run time
 * (`import()`) load nothing.
 */
export function listLoadedFiles(root: string, starts: readonly string[]): Set<string> {
  const graph = buildImportGraph(root, LOADED_IMPORT);
  const loaded = new Set(
    [...graph.keys()].filter((file) =>
      starts.some((start) => file === start || file.startsWith(`${start}/`)),
    ),
  );
  for (const file of loaded) for (const imported of graph.get(file) ?? []) loaded.add(imported);
  return loaded;
}

/** Finds folders that contain more than `most` source files directly, not counting subfolders. */
export function findCrowdedFolders(root: string, most: number): string[] {
  const counts = new Map<string, number>();
  for (const file of listSources(root)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > most)
    .map(([folder, count]) => `${folder}: ${count} files`);
}

/** Finds pairs of folders that import each other, and names one import in each direction. */
export function findMutualImports(root: string): string[] {
  const found = new Map<string, string>();
  for (const [file, imports] of buildImportGraph(root)) {
    for (const imported of imports) {
      if (dirname(file) !== dirname(imported))
        found.set(`${dirname(file)} ${dirname(imported)}`, `${file} → ${imported}`);
    }
  }
  return [...found].flatMap(([pair, there]) => {
    const [from = '', to = ''] = pair.split(' ');
    const back = from < to ? found.get(`${to} ${from}`) : undefined;
    return back === undefined ? [] : [`${there}, ${back}`];
  });
}

/** Maps each source file, except tests, to its relative imports as paths below `root`. */
export function buildImportGraph(root: string, pattern = IMPORT): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const file of listSources(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    const specifiers = [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
    const relativeOnes = specifiers.filter((specifier) => specifier.startsWith('.'));
    graph.set(
      file,
      relativeOnes.map((specifier) => toRelativePath(root, resolve(root, dirname(file), specifier))),
    );
  }
  return graph;
}

const LOADED_IMPORT = /^\s*(?:import|export)\s(?!type\b)[^'"`;]*?from\s+'([^']+)'/gm;

const IMPORT = /^\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/gm;

export function listSources(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) =>
    toRelativePath(root, join(root, file)),
  );
  return files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts')).sort();
}

function toRelativePath(root: string, path: string): string {
  return relative(root, path).split(sep).join(posix.sep);
}

function findCycles(graph: Map<string, string[]>): Violation[] {
  const found: Violation[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: string[]) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      const loop = [...path.slice(path.indexOf(file)), file];
      found.push({ file, imports: loop[1] ?? file, why: `import cycle ${loop.join(' → ')}` });
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
