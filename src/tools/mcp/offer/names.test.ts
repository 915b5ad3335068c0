import { expect, it } from 'vitest';
import { readServerName, toExposedName } from './names.ts';

const ACCEPTED = /^[A-Za-z0-9_-]{1,64}$/;

it('keeps names that fit', () => {
  expect(toExposedName('github', 'create_issue')).toBe('mcp__github__create_issue');
  expect(toExposedName('my-files', 'read-file')).toBe('mcp__my-files__read-file');
});

it('shortens and marks other names: always the same, unique, accepted by every provider', () => {
  const long = 'a'.repeat(200);
  const tools = ['x.y', 'x_y', 'x/y', '', '   ', '日本', long, `${long}b`, '../../etc', 'a\nb'];
  const names = tools.map((tool) => toExposedName('github', tool));
  for (const name of names) expect(name).toMatch(ACCEPTED);
  expect(new Set(names).size).toBe(tools.length);
  expect(toExposedName('github', 'x.y')).toBe('mcp__github__x_y_b24ca9b7');
});

it('finds the server of a name', () => {
  expect(readServerName('mcp__my_files__read__all')).toBe('my_files');
  expect(readServerName('mcp__a__')).toBe('a');
  expect(readServerName('shell')).toBeUndefined();
});
