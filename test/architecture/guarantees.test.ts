import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const document = readFileSync(`${root}docs/guarantees.md`, 'utf8');

interface Guarantee {
  id: string;
  file: string;
}

describe('the guarantees', () => {
  it('name for each promise a test file with the id in a test title', () => {
    const promised = guaranteesIn(document);
    expect(promised.length).toBeGreaterThan(30);
    expect(unproven(promised)).toEqual([]);
  });

  it('report a promise without a test', () => {
    const row = '| Z9 | Pigs fly. | `test/integration/runner.test.ts` |';
    expect(unproven(guaranteesIn(row))).toEqual(['Z9: no [Z9] in test/integration/runner.test.ts']);
    const two = '| D2 | Pigs are told. | `test/integration/handover/notes.test.ts`, `test/nowhere.test.ts` |';
    expect(unproven(guaranteesIn(two))).toEqual(['D2: no [D2] in test/nowhere.test.ts']);
  });
});

function guaranteesIn(text: string): Guarantee[] {
  return [...text.matchAll(/^\| ([A-Z]\d+) \|.*\|([^|]+)\|$/gm)].flatMap(([, id = '', files = '']) =>
    files.split(',').map((file) => ({ id, file: file.trim().replace(/^`(.*)`$/, '$1') })),
  );
}

function unproven(promised: Guarantee[]): string[] {
  return promised
    .filter(
      ({ id, file }) => !existsSync(root + file) || !readFileSync(root + file, 'utf8').includes(`[${id}]`),
    )
    .map(({ id, file }) => `${id}: no [${id}] in ${file}`);
}
