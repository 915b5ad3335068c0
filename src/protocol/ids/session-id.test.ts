import { expect, it } from 'vitest';
import { findSessionIdFault } from '../../util/session-id.ts';
import { sessionId } from './session-id.ts';

it.each(['a', 'slack/D0AC/1774021483.588239', '鍵', '🔑', '...', 'a b', '%2F', 'é'.repeat(256)])(
  'takes %j',
  (id) => {
    expect(findSessionIdFault(id)).toBeUndefined();
    expect(sessionId.parse(id)).toBe(id);
  },
);

it.each([
  ['', 'empty'],
  ['.', 'relative path'],
  ['..', 'relative path'],
  ['a\0b', 'control character'],
  ['a\nb', 'control character'],
  ['a\u0085b', 'control character'],
  ['\ud800', 'Unicode'],
  [`${'é'.repeat(256)}x`, '513 bytes'],
])('refuses %j', (id, why) => {
  expect(findSessionIdFault(id)).toContain(why);
  expect(sessionId.safeParse(id).success).toBe(false);
});
