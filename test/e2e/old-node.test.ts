import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../support/command-line.ts';

const packed = join(dirname(commandLine()), '..', '..');

/** The file that package.json names as the program `midturn`. */
function binOf(): string {
  const { bin } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
  return join(packed, bin.midturn);
}

/** Runs the command with a faked version of Node. */
function underNode(version: string, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'midturn-node-'));
  onTestFinished(() => void execFileSync('rm', ['-rf', folder]));
  const preload = join(folder, 'version.cjs');
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
  );
  return spawnSync(process.execPath, ['--require', preload, binOf(), ...args], { encoding: 'utf8' });
}

it.each(['12.22.12', '18.20.8', '20.20.2', '24.14.9'])(
  'reports in one sentence that Node %s is too old',
  (version) => {
    const { status, stdout, stderr } = underNode(version, ['status']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^midturn: Node\.js \S+ \(\/.+\) is too old; Midturn needs 24\.15 or newer\. Install it .*\n$/,
    );
  },
);

it.each(['24.15.0', '25.0.0'])('runs with Node %s', (version) => {
  expect(underNode(version, ['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

it('the entry uses no syntax that Node 12 cannot parse', () => {
  const text = readFileSync(binOf(), 'utf8');
  expect(text).not.toMatch(/^import |\?\.|\?\?|\bawait\b|#\w+\s*[=(;]|\|\|=|&&=|\bnode:/m);
});

const system = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' }).stdout ?? '';

it.runIf(/^v(1[2-9]|2[0-3])\./.test(system))('reports it under a real Node that is too old', () => {
  const { status, stderr } = spawnSync('/usr/bin/node', [binOf(), 'up'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^midturn: Node\.js .*\n$/),
  });
});
