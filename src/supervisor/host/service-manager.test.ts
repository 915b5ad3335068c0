import { describe, expect, it } from 'vitest';
import { createServiceManager } from './service-manager.ts';

function telling(env: NodeJS.ProcessEnv) {
  const told: string[][] = [];
  return { told, manager: createServiceManager(env, (assignments) => told.push(assignments)) };
}

describe('a service manager that requests notifications', () => {
  const { told, manager } = telling({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000' });

  it('[J4] receives the states of the daemon in its own protocol', () => {
    manager.notifyReady('generation 2 serves');
    manager.notifyReloading();
    manager.notifyStopping('SIGTERM');
    manager.notifyAlive();
    expect(told).toEqual([
      ['READY=1', 'STATUS=generation 2 serves', `MAINPID=${process.pid}`],
      ['RELOADING=1', expect.stringMatching(/^MONOTONIC_USEC=\d+$/)],
      ['STOPPING=1', 'STATUS=SIGTERM'],
      ['WATCHDOG=1'],
    ]);
  });

  it('[J4] is notified twice per watchdog interval', () => {
    expect(manager.watchdogInterval).toBe(15_000);
    expect(
      createServiceManager({ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' })
        .watchdogInterval,
    ).toBeNull();
  });
});

it('sends nothing without NOTIFY_SOCKET', () => {
  const { told, manager } = telling({ WATCHDOG_USEC: '30000000' });
  manager.notifyReady('serving');
  expect(told).toEqual([]);
  expect(manager.watchdogInterval).toBeNull();
});
