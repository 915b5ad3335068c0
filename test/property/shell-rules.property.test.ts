import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createCommandPatterns } from '../../src/permissions/shell/commands.ts';
import { readSimpleCommand } from '../../src/permissions/shell/words.ts';

/** Programs that only record how they were called, and a few real ones that call others. */
const folder = mkdtempSync(join(tmpdir(), 'midturn-shell-rules-'));
const bin = join(folder, 'bin');
const work = join(folder, 'work');
const log = join(folder, 'log');
mkdirSync(bin);
for (const name of ['git', 'rm', 'true']) {
  writeFileSync(
    join(bin, name),
    `#!/bin/bash\n{ printf '%s' ${name}; printf ' <%q>' "$@"; echo; } >>'${log}'\n`,
  );
  chmodSync(join(bin, name), 0o755);
}
for (const name of ['env', 'xargs', 'bash', 'cat']) {
  const real = ['/usr/bin', '/bin'].map((place) => join(place, name)).find(existsSync);
  if (real) symlinkSync(real, join(bin, name));
}
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the commands that a line really runs: the oracle. */
function run(line: string): string[] {
  rmSync(log, { force: true });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  spawnSync('/bin/bash', ['-c', line], {
    cwd: work,
    env: { PATH: bin, LANG: 'C.UTF-8' },
    stdio: 'ignore',
    timeout: 2_000,
  });
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
}

const WORDS = [
  'git',
  'rm',
  'x',
  'true',
  'env',
  'xargs',
  'bash -c',
  'eval',
  'X=rm',
  'cat',
  'if',
  'then',
  'fi',
  'r',
  'm',
  '!',
];
const SIGNS = [
  ' ',
  ' ',
  ' ',
  '\t',
  '\n',
  ';',
  '&',
  '&&',
  '|',
  '||',
  '(',
  ')',
  '{ ',
  '; }',
  '$(',
  '${X',
  '}',
  '$X',
  '$',
  '`',
];
const QUOTES = [
  '"',
  "'",
  '\\',
  "$'",
  '""',
  '#',
  '<<<',
  '<<E\n',
  '\nE\n',
  '<(',
  '>',
  '*',
  '?',
  '[',
  ']',
  '{',
  ',',
  '~',
  '=',
  '\u00a0',
  '\\x72',
];

const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 5, arbitrary: fc.constantFrom(...SIGNS) },
  { weight: 3, arbitrary: fc.constantFrom(...QUOTES) },
);
const tail = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
const line = fc.oneof(
  tail,
  tail.map((rest) => `git x${rest}`),
  tail.map((rest) => `git ${rest}`),
);

const seed = process.env['CI'] ? { seed: 20_261 } : {};

function rule(text: string) {
  const pattern = createCommandPatterns('command').parsePattern(text, { files: '/', commands: '/' });
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

describe.skipIf(!existsSync('/bin/bash'))(
  'rules about shell commands, next to what a shell really does',
  () => {
    it('[G1] a line that is certainly a command runs that command, with these words, and nothing else', () => {
      const allowed = rule('git *');
      let matched = 0;
      fc.assert(
        fc.property(line, (command) => {
          if (!allowed.matches({ command })) return;
          matched += 1;
          const words = readSimpleCommand(command) ?? [];
          // The expansion of a wildcard depends on the folder; here nothing matches, and it stays.
          const [first, ...args] = words.map((word) =>
            word.map((token) => (token === 'any' ? '*' : token)).join(''),
          );
          const quoted = spawnSync('/bin/bash', ['-c', `printf ' <%q>' "$@"`, '-', ...args], {
            encoding: 'utf8',
          });
          expect(run(command), command).toEqual([`${first}${quoted.stdout}`]);
        }),
        { numRuns: 4_000, ...seed },
      );
      expect(matched).toBeGreaterThan(50);
    });

    it('[G1] a line that runs a command is reported as one that may run it', () => {
      const denied = rule('rm*');
      let ran = 0;
      fc.assert(
        fc.property(line, (command) => {
          if (denied.mayMatch({ command })) return;
          const calls = run(command).filter((call) => call.startsWith('rm'));
          ran += 1;
          expect(calls, JSON.stringify(command)).toEqual([]);
        }),
        { numRuns: 1_200, ...seed },
      );
      expect(ran).toBeGreaterThan(50);
    });
  },
);
