import { describe, expect, it } from 'vitest';
import { DEFAULT_TOOLS, withDefaultTools } from './default-tools.ts';
import { createPolicy } from './policy.ts';

const PLACES = { files: '/work', commands: '/work' };
const says = (rules: Parameters<typeof withDefaultTools>[0], tool: string, input: object = {}) =>
  createPolicy(withDefaultTools(rules), PLACES, 0).decideOnCall(tool, input).verdict;

describe('the default rules', () => {
  it('allow reads and ask about whatever writes, runs commands or reaches the network', () => {
    expect(withDefaultTools({})).toEqual(DEFAULT_TOOLS);
    for (const tool of ['read_file', 'list_files', 'search_files', 'delegate', 'remind']) {
      expect([tool, says({}, tool, { path: 'a', agent: 'b' })]).toEqual([tool, 'allow']);
    }
    const calls: [string, object][] = [
      ['shell', { command: 'ls' }],
      ['write_file', { path: 'a' }],
      ['edit_file', { path: 'a' }],
      ['http_fetch', { url: 'https://example.com' }],
      ['mcp__github__push', {}],
    ];
    for (const [tool, input] of calls) expect([tool, says({}, tool, input)]).toEqual([tool, 'ask']);
  });

  it('are what a record without "*" stands on', () => {
    expect(says({ shell: 'allow' }, 'shell', { command: 'ls' })).toBe('allow');
    expect(says({ shell: 'allow' }, 'write_file', { path: 'a' })).toBe('ask');
    expect(says({ '*': 'allow' }, 'write_file', { path: 'a' })).toBe('allow');
    expect(says({ '*': 'deny' }, 'read_file', { path: 'a' })).toBe('deny');
  });

  it('give way to every rule that means the whole tool', () => {
    expect(says({ 'read*': 'deny' }, 'read_file', { path: 'a' })).toBe('deny');
    expect(says({ list_files: 'ask' }, 'list_files', { path: 'a' })).toBe('ask');
    expect(says({ 'read_file(secret/**)': 'deny' }, 'read_file', { path: 'secret/a' })).toBe('deny');
    expect(says({ 'read_file(secret/**)': 'deny' }, 'read_file', { path: 'a' })).toBe('allow');
  });
});
