import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Provider credentials of the developer's shell must never reach a test run. */
for (const name of Object.keys(process.env)) {
  if (/(_API_KEY|_AUTH_TOKEN|_ACCESS_TOKEN)$/.test(name)) delete process.env[name];
}

/**
 * Tests of real processes run the build. In CI, one that failed is run once more, and the report says so: on a shared
 * machine one of thousands of processes may be late for reasons of its own. What fails twice is broken.
 */
const processes = {
  globalSetup: './test/support/build.ts',
  retry: process.env['CI'] ? 1 : 0,
  // A poll waits for something that will happen; how long that takes is not what is tested.
  expect: { poll: { timeout: 20_000 } },
};

const node = { environment: 'node' as const, testTimeout: 20_000, hookTimeout: 20_000 };

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    // One is what two cores would get, and most of these tests wait for processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Daemons at once in a file whose tests run side by side; the machine may have two cores.
    maxConcurrency: 3,
    coverage: { provider: 'v8', include: ['src/core/**'], thresholds: { branches: 100 } },
    projects: [
      // What is tested here does nothing at import time, so the files may share it; loading it anew took 40 % more.
      { test: { ...node, name: 'unit', include: ['src/**/*.test.ts'], isolate: false } },
      { test: { ...node, name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      { test: { ...node, name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      { test: { ...node, name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          ...node,
          ...processes,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          ...processes,
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          // The file that kills at every write runs for minutes on a busy machine.
          testTimeout: 600_000,
        },
      },
      {
        test: {
          ...node,
          ...processes,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
