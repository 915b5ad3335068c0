import { expect, it } from 'vitest';
import { InputThrottle } from './pace.ts';

it('accepts a burst, then delays a server in proportion to what it sent', () => {
  let now = 0;
  const pace = new InputThrottle(() => now);
  expect(pace.chargeInput(400, 10_000)).toBe(0);
  const wait = pace.chargeInput(400, 10_000);
  expect(wait).toBeGreaterThan(100);
  now += wait;
  expect(pace.chargeInput(0, 0)).toBe(0);
  now += 60_000;
  expect(pace.chargeInput(400, 10_000)).toBe(0);
});
