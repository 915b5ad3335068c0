import { expect, it } from 'vitest';
import { inputId } from '../messages.ts';

it.each(['a', 'decision-a1', 'midturn', 'Midturn:a', 'a midturn:'])('takes %j', (id) => {
  expect(inputId.parse(id)).toBe(id);
});

it.each(['midturn:', 'midturn:decision-a1'])('refuses %j, which is reserved for Midturn itself', (id) => {
  expect(() => inputId.parse(id)).toThrow('ids that begin with \\"midturn:\\" are reserved');
});
