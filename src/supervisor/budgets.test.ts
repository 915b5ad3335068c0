import { expect, it } from 'vitest';
import { budgetsFor } from './budgets.ts';

it('[C12] orders drain cap < kill < service manager, for any cap', () => {
  for (const cap of [0, 1, 30_000, 3_600_000]) {
    const { drainCap, kill, serviceStop } = budgetsFor(cap);
    expect(drainCap).toBe(cap);
    expect(kill).toBe(cap + 2_000);
    expect(serviceStop).toBeGreaterThan(kill);
  }
});
