import { expect, it } from 'vitest';
import { describeUnknownCommand, parseLine } from './line.ts';

it.each([
  ['hello', { kind: 'say', text: 'hello', mode: 'steer' }],
  ['/queue do it later', { kind: 'say', text: 'do it later', mode: 'queue' }],
  ['//etc/passwd', { kind: 'say', text: '/etc/passwd', mode: 'steer' }],
  ['/queue', { kind: 'unknown', command: '/queue' }],
  ['/file my photo.png', { kind: 'attach', path: 'my photo.png' }],
  ["/file '/tmp/my photo.png'", { kind: 'attach', path: '/tmp/my photo.png' }],
  ['/file', { kind: 'unknown', command: '/file' }],
  ['/approve', { kind: 'approve', scope: 'once' }],
  ['/always abc', { kind: 'approve', id: 'abc', scope: 'always' }],
  ['/deny not on a Friday', { kind: 'deny', words: 'not on a Friday' }],
  ['/cancel', { kind: 'cancel' }],
  ['/help', { kind: 'help' }],
  ['/quit', { kind: 'quit' }],
  ['   ', { kind: 'nothing' }],
  ['/nope x', { kind: 'unknown', command: '/nope' }],
])('reads %j', (typed, meant) => expect(parseLine(typed)).toEqual(meant));

it('explains a missing argument and an unknown command', () => {
  expect(describeUnknownCommand('/queue')).toBe(
    '/queue needs an argument, so nothing was sent. /queue <text>: send a message that waits for its own turn.',
  );
  expect(describeUnknownCommand('/nope')).toBe('Unknown command /nope; type /help for the list.');
});
