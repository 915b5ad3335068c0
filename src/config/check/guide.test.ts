import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveHome } from '../../util/home.ts';
import { parseDocument } from '../source/jsonc.ts';
import { checkConfig } from './check.ts';

const repository = join(import.meta.dirname, '../../..');
const folder = join(repository, 'docs/guide');
const pages = [join(repository, 'README.md'), ...readdirSync(folder).map((name) => join(folder, name))];
const guide = pages.map((path) => readFileSync(path, 'utf8')).join('\n');
const examples = [...guide.matchAll(/^```jsonc\n(.*?)^```$/gms)].map(([, text]) => text ?? '');

const home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-guide-')));
mkdirSync(join(home.root, 'secrets'));
writeFileSync(join(home.root, 'secrets/local-token'), 'a-local-token\n');
writeFileSync(join(home.root, 'main.md'), 'Be kind.\n');
writeFileSync(join(home.root, 'watch.md'), 'Look at the disks.\n');
afterAll(() => rmSync(home.root, { recursive: true }));

const names = [...guide.matchAll(/\$\{env:([A-Z_]+)\}/g)].map(([, name]) => name ?? '');
const env = Object.fromEntries(names.map((name) => [name, `value-of-${name}`]));

describe('examples of the guide', () => {
  it('are found', () => expect(examples.length).toBeGreaterThanOrEqual(5));

  it.each(examples)('%j is valid for the daemon', (text) => {
    expect(() => checkConfig(text, { home, env })).not.toThrow();
  });

  it.each(examples)('%j is valid for editors', (text) => {
    const schema = z.fromJSONSchema(
      JSON.parse(readFileSync(join(repository, 'schema/midturn.schema.json'), 'utf8')),
    );
    expect(schema.safeParse(parseDocument(text).value).error?.issues ?? []).toEqual([]);
  });
});
