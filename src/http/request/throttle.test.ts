import { expect, it } from 'vitest';
import { FailureThrottle, isLoggedFailure } from './throttle.ts';

it('delays each answer to an address twice as long as the one before, from the sixth failure on', () => {
  const throttle = new FailureThrottle(() => 0);
  const delays = Array.from({ length: 14 }, () => throttle.recordFailure('10.0.0.1').delay);
  expect(delays).toEqual([0, 0, 0, 0, 0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(throttle.recordFailure('10.0.0.2')).toEqual({ failures: 1, delay: 0 });
});

it('forgets the failures of an address after a minute without one', () => {
  let now = 0;
  const throttle = new FailureThrottle(() => now);
  for (let i = 0; i < 6; i++) throttle.recordFailure('a');
  now = 59_999;
  expect(throttle.recordFailure('a').failures).toBe(7);
  now += 60_000;
  expect(throttle.recordFailure('a')).toEqual({ failures: 1, delay: 0 });
});

it('holds a hundred answers at most, because each holds a connection', async () => {
  const throttle = new FailureThrottle(() => 0);
  for (let i = 0; i < 6; i++) throttle.recordFailure('a');
  const gate = Promise.withResolvers<void>();
  const held = Array.from({ length: 100 }, () => throttle.holdAnswer(gate.promise));
  expect(throttle.recordFailure('a').delay).toBe(0);
  gate.resolve();
  await Promise.all(held);
  expect(throttle.recordFailure('a').delay).toBeGreaterThan(0);
});

it('remembers ten thousand addresses', () => {
  const throttle = new FailureThrottle(() => 0);
  for (let i = 0; i <= 10_000; i++) throttle.recordFailure(`address ${i}`);
  expect(throttle.recordFailure('address 10000').failures).toBe(2);
  expect(throttle.recordFailure('address 0').failures).toBe(1);
});

it('logs the first failures, then each time their number has doubled', () => {
  const logged = Array.from({ length: 70 }, (_, i) => i + 1).filter(isLoggedFailure);
  expect(logged).toEqual([1, 2, 3, 4, 5, 8, 16, 32, 64]);
});
