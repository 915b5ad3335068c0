import { expect, it } from 'vitest';
import { salvageMembers } from './salvage.ts';

const AUTH = { tokens: ['t'] };

it.each<[what: string, text: string, found: object]>([
  [
    'a valid text',
    '{ "listen": "a:1", "auth": { "tokens": ["t"] }, "limits": {} }',
    { listen: 'a:1', auth: AUTH },
  ],
  [
    'an error behind them',
    '{ "listen": "a:1", "auth": { "tokens": ["t"] }, "limits": { "turns" 5 } }',
    { listen: 'a:1', auth: AUTH },
  ],
  ['an error before them', '{ "limits": { "turns" 5 }, "listen": "a:1" }', { listen: 'a:1' }],
  [
    'a comma that is missing',
    '{ "listen": "a:1"\n "auth": { "tokens": ["t"] } }',
    { listen: 'a:1', auth: AUTH },
  ],
  ['a text that ends early', '{ "listen": "a:1", "auth": { "tokens": ["t"', { listen: 'a:1' }],
  ['a string that ends early', '{ "listen": "a:1', {}],
  ['a byte order mark', '\uFEFF{ "listen": "a:1" }', { listen: 'a:1' }],
  ['a list', '["listen"]', {}],
  ['nothing', '', {}],
])('finds what is whole in %s', (_, text, found) => {
  expect(salvageMembers(text, ['listen', 'auth'])).toEqual(found);
});
