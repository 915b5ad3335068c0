import { expect, it } from 'vitest';
import { MultilineMessages } from './pretty.ts';

it('joins messages of several lines and passes on single lines', () => {
  const message = JSON.stringify({ id: 1, result: { a: [{ b: '}' }] } }, null, 2);
  const lines = new MultilineMessages();
  const said = ['starting', '{"id":0}', ...message.split('\n'), '{"id":2}', '{', '{"id":3}', ''];
  expect(said.map((line) => lines.push(line)).filter((text) => text !== undefined)).toEqual([
    'starting',
    '{"id":0}',
    message,
    '{"id":2}',
    '{"id":3}',
    '',
  ]);
});
