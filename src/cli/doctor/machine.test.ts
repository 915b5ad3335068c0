import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkFreeSpace, checkNode, checkSqlite, MINIMUM_NODE } from './machine.ts';

it('needs the Node that package.json asks for', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(`>=${MINIMUM_NODE}`).toBe(`${engines.node}.0`);
  const launcher = readFileSync(new URL('../main.ts', import.meta.url), 'utf8');
  const [major, minor] = MINIMUM_NODE.split('.');
  expect(launcher).toContain(`NEEDED = { major: ${major}, minor: ${minor} }`);
});

it.each([
  [checkNode('24.15.0'), 'ok'],
  [checkNode('24.9.9'), 'fail'],
  [checkNode('25.0.0'), 'ok'],
  [checkSqlite('3.51.3'), 'ok'],
  [checkSqlite('3.51.2'), 'fail'],
  [checkFreeSpace(2 ** 40), 'ok'],
  [checkFreeSpace(2 ** 28), 'warn'],
  [checkFreeSpace(0), 'fail'],
])('judges %j', (check, state) => expect(check.state).toBe(state));
