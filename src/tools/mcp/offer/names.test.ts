import { expect, it } from 'vitest';
import { exposedName, serverOf } from './names.ts';

const ACCEPTED = /^[A-Za-z0-9_-]{1,64}$/;

it('keeps names that fit', () => {
  expect(exposedName('github', 'create_issue')).toBe('mcp__github__create_issue');
  expect(exposedName('my-files', 'read-file')).toBe('mcp__my-files__read-file');
});

it('shortens and marks other names: always the same, unique, accepted by every provider', () => {
  const long = 'a'.repeat(200);
  const tools = ['x.y', 'x_y', 'x/y', '', '   ', '日本', long, `${long}b`, '../../etc', 'a\nb'];
  const names = tools.map((tool) => exposedName('github', tool));
  for (const name of names) expect(name).toMatch(ACCEPTED);
  expect(new Set(names).size).toBe(tools.length);
  expect(exposedName('github', 'x.y')).toBe('mcp__github__x_y_b24ca9b7');
});

it('finds the server of a name', () => {
  expect(serverOf('mcp__my_files__read__all')).toBe('my_files');
  expect(serverOf('mcp__a__')).toBe('a');
  expect(serverOf('shell')).toBeUndefined();
});
