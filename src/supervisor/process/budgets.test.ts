import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkConfig } from '../../config/check/check.ts';
import { resolveHome } from '../../util/home.ts';
import { computeBudgets } from './budgets.ts';

/** Reads these settings as the daemon does; returns undefined when the configuration is refused. */
function handover(modelGrace: number, toolGrace: number, drainCap: number) {
  const written = { modelGrace: `${modelGrace}ms`, toolGrace: `${toolGrace}ms`, drainCap: `${drainCap}ms` };
  try {
    return checkConfig(JSON.stringify({ handover: written }), { home: resolveHome('/h'), env: {} }).config
      .handover;
  } catch {
    return undefined;
  }
}

it('[C12] step grace < drain cap < kill < service manager, for every accepted configuration', () => {
  const grace = fc.integer({ min: 0, max: 3_600_000 });
  const cap = fc.integer({ min: 1_000, max: 86_400_000 });
  fc.assert(
    fc.property(grace, grace, cap, (modelGrace, toolGrace, drainCap) => {
      const accepted = handover(modelGrace, toolGrace, drainCap);
      expect(accepted !== undefined).toBe(Math.max(modelGrace, toolGrace) < drainCap);
      if (!accepted) return;
      const { stepGrace, kill, serviceStop } = computeBudgets(accepted);
      expect(stepGrace).toBeLessThan(drainCap);
      expect(drainCap).toBeLessThan(kill);
      expect(kill).toBeLessThan(serviceStop);
    }),
  );
});

it('[C12] the defaults are 30 s, 60 s, 62 s and 65 s', () => {
  const { config } = checkConfig('', { home: resolveHome('/h'), env: {} });
  expect(computeBudgets(config.handover)).toEqual({
    stepGrace: 30_000,
    drainCap: 60_000,
    kill: 62_000,
    serviceStop: 65_000,
  });
});
