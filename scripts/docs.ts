/**
 * Writes the files that are generated from the source; `--check` writes nothing and fails when one of them is
 * out of date. FILES lists them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliReference } from './cli-docs.ts';
import { configJsonSchema, configReference } from './config-docs.ts';
import { eventReference } from './event-docs.ts';

const FILES: Record<string, () => string> = {
  'docs/reference/cli.md': cliReference,
  'docs/reference/config.md': configReference,
  'docs/reference/events.md': eventReference,
  'schema/midturn.schema.json': configJsonSchema,
};

const root = join(import.meta.dirname, '..');
const [flag] = process.argv.slice(2);
if (flag !== undefined && flag !== '--check') {
  console.error(`Unknown flag ${flag}. Run \`node scripts/docs.ts [--check]\`.`);
  process.exit(2);
}

const stale = Object.entries(FILES).filter(([path, make]) => readIfExists(join(root, path)) !== make());
for (const [path, make] of stale) {
  console.log(flag ? `${path} is not up to date; \`npm run fix\` writes it.` : `wrote ${path}`);
  if (!flag) writeIfChanged(join(root, path), make());
}
if (flag && stale.length > 0) process.exitCode = 1;

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function writeIfChanged(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
