import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAddress } from '../support/address.ts';
import { commandLine } from '../support/command-line.ts';
import { Daemon } from '../support/daemon.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
/** The folder of the package: what `npm pack` yields, unpacked. */
const packed = join(dirname(commandLine()), '..', '..');

const WORDS = 'one two three four five six seven eight nine ten';

let prefix: string;
let daemon: Daemon;

/** A program of its own in an empty folder, which has installed the package and what its types refer to. */
beforeAll(async () => {
  prefix = mkdtempSync(join(tmpdir(), 'midturn-example-'));
  cpSync(join(root, 'examples', 'client'), prefix, { recursive: true });
  mkdirSync(join(prefix, 'node_modules', '@types'), { recursive: true });
  cpSync(packed, join(prefix, 'node_modules', 'midturn'), { recursive: true });
  for (const name of ['zod', '@types/node', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(prefix, 'node_modules', name));
  daemon = new Daemon({
    providers: {
      scripted: { type: 'scripted', scripts: { slow: [{ text: WORDS, tokenDelay: '100ms' }] } },
    },
    agents: { main: { model: 'scripted/slow' } },
  });
  await daemon.startUp();
});

afterAll(async () => {
  await daemon.dispose();
  rmSync(prefix, { recursive: true });
});

describe('the packed library', () => {
  it.each([
    ['publint', ['--strict', '--pack', 'false', packed]],
    ['attw', ['--profile', 'esm-only', '--no-emoji', '--no-color', 'midturn.tgz']],
  ])('is clean for %s', async (program, args) => {
    await run('tar', ['-czf', join(prefix, 'midturn.tgz'), '-C', dirname(packed), 'package']);
    const checked = run(bin(program), args, { cwd: prefix });
    await checked.catch(({ stdout, stderr }) => expect.fail(`${stdout}${stderr}`));
  });

  it('has types that compile in a program for Node, and without any types of Node', async () => {
    const check = (...flags: string[]) =>
      run(bin('tsc'), ['-p', prefix, ...flags]).catch(({ stdout }) => expect.fail(stdout));
    await check();
    const page = 'import { createClient } from "midturn/client"; void createClient({ url: "" }).getStatus();';
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2024', '--lib', 'es2024,dom'];
    const file = join(prefix, 'page.ts');
    writeFileSync(file, page);
    for (const [module, resolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ] as const) {
      const how = ['--module', module, '--moduleResolution', resolution, '--types', '', file];
      await run(bin('tsc'), [...flags, ...how], { cwd: prefix }).catch(({ stdout }) => expect.fail(stdout));
    }
  });

  it('imports nothing of Node unless `midturn/client/node` is imported', () => {
    const { files, foreign } = readImports(join(packed, 'dist', 'client', 'index.js'));
    expect(files.length).toBeGreaterThan(1);
    expect(foreign).toEqual([]);
    expect(readImports(join(packed, 'dist', 'client', 'node.js')).foreign).toEqual(['node:http']);
  });

  it('works where there is nothing of Node, with what browsers have', async () => {
    const url = `http://${readAddress(daemon.home)}`;
    const realm = join(root, 'test', 'fixtures', 'web-only.ts');
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const entry = join(packed, 'dist', 'client', 'index.js');
    const { stdout } = await run(process.execPath, [...flags, realm, entry, url, 'page', 'count']);
    expect(JSON.parse(stdout)).toEqual([
      ['message', 'count', 'answered'],
      ['answer', WORDS, 'finished'],
      ['ending', null, null],
    ]);
  });

  it('[B4] [J2] runs the example, over a kill -9 of the generation', async () => {
    const url = `http://${readAddress(daemon.home)}`;
    const example = spawn(process.execPath, ['chat.ts', url, 's', 'count'], { cwd: prefix });
    let shown = '';
    let killed = false;
    example.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (killed || !shown.includes('three')) return;
      killed = true;
      process.kill(daemon.generationPid, 'SIGKILL');
    });
    let errors = '';
    example.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const [code] = await once(example, 'close');
    const [cut = '', note, answer] = shown.trimEnd().split('\n');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(WORDS.startsWith(cut.trimEnd())).toBe(true);
    expect([note, answer]).toEqual(['[the daemon restarted; resuming]', WORDS]);
  });
});

/** The files that a module loads, itself included, and what it imports from elsewhere. */
function readImports(entry: string): { files: string[]; foreign: string[] } {
  const files = [entry];
  const foreign = new Set<string>();
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export)\b[^'"]*["']([^'"]+)["'];?$/gm)) {
      if (!specifier.startsWith('.')) foreign.add(specifier);
      else if (!files.includes(join(dirname(file), specifier))) files.push(join(dirname(file), specifier));
    }
    for (const [, specifier = ''] of text.matchAll(/\bimport\(["']([^'"]+)["']\)/g)) foreign.add(specifier);
  }
  return { files, foreign: [...foreign] };
}
