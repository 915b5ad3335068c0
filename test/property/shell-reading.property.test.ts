import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createCommandPatterns } from '../../src/permissions/shell/commands.ts';
import { mayRun } from '../../src/permissions/shell/could-run.ts';
import { joinWords } from '../../src/permissions/shell/joined.ts';
import { plainLine, shellLine } from '../support/shell-lines.ts';

const BASH = '/bin/bash';
const folder = mkdtempSync(join(tmpdir(), 'midturn-shell-reading-'));
const bin = join(folder, 'bin');
let runs = 0;
mkdirSync(bin);
// One write for one call, so that commands in the background do not mix their words.
writeFileSync(join(bin, 'rm'), `#!/bin/sh\nprintf '%s\\0' rm "$@" '\u0001' >>"$CALLS"\n`);
chmodSync(join(bin, 'rm'), 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the words with which a real shell calls `rm` for a line: the oracle. */
function callsOf(line: string, shell = BASH): string[][] {
  runs += 1;
  const [work, calls] = [join(folder, `work-${runs}`), join(folder, `calls-${runs}`)];
  mkdirSync(work);
  spawnSync(shell, ['-c', line], {
    cwd: work,
    env: { PATH: bin, LANG: 'C.UTF-8', V: 'v w', CALLS: calls },
    stdio: 'ignore',
    timeout: 2_000,
  });
  if (!existsSync(calls)) return [];
  const records = readFileSync(calls, 'utf8').split('\u0001\0').slice(0, -1);
  return records.map((record) => record.split('\0').slice(0, -1));
}

/** Lines of the grammar, and such lines with one additional character. */
const line = fc.oneof(
  shellLine('rm'),
  fc
    .tuple(shellLine('rm'), fc.nat(), fc.constantFrom(...'\'"\\`$(){}<>;&|#\n \t=!*[]~E'))
    .map(([text, at, char]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + char + text.slice(place);
    }),
);

describe.skipIf(!existsSync(BASH))('rules that ask or deny, compared with real shells', () => {
  it.each([
    [BASH, 500],
    ['/bin/dash', 300],
  ])(
    '[G1] a call that %s makes is found in its line, word for word',
    (shell, numRuns) => {
      if (!existsSync(shell)) return;
      let made = 0;
      fc.assert(
        fc.property(line, (text) => {
          for (const words of callsOf(text, shell)) {
            made += 1;
            const call = joinWords(words.map((word) => word.split('')));
            expect(mayRun(call, text), JSON.stringify({ text, words })).toBe(true);
          }
        }),
        { numRuns, seed: 20_262 },
      );
      expect(made).toBeGreaterThan(10);
    },
    120_000,
  );

  it('[G1] plain lines that do not make the call do not match', () => {
    const denied = createCommandPatterns('command').parsePattern('rm *', { files: '/', commands: '/' });
    if (typeof denied === 'string') throw new Error(denied);
    let ran = 0;
    fc.assert(
      fc.property(plainLine(), (text) => {
        expect(denied.mayMatch({ command: text }), text).toBe(false);
        if (ran < 50) expect(callsOf(text)).toEqual([]);
        ran += 1;
      }),
      { numRuns: 2_000, seed: 20_263 },
    );
  });
});
