import { expect, it } from 'vitest';
import { unitFile } from './unit.ts';

const options = {
  node: '/opt/node',
  script: '/opt/midturn/main.js',
  home: '/srv/m',
  scope: 'system',
} as const;

it('[J4] [C12] a unit grants the daemon the time that it needs to stop, and leaves its jobs alone', () => {
  const unit = unitFile({ ...options, stopTimeout: 65_500 });
  expect(unit).toContain('\nExecStart=/opt/node /opt/midturn/main.js up --home /srv/m\n');
  expect(unit).toContain('\nTimeoutStopSec=66\n');
  expect(unit).toContain('\nKillMode=process\n');
  expect(unit).toContain('\nRestartPreventExitStatus=78\n');
  expect(unit).toContain('\nWantedBy=multi-user.target\n');
});

it('a unit keeps paths with spaces and percent signs whole', () => {
  const unit = unitFile({ ...options, home: '/srv/my 100% "home"', stopTimeout: 1, scope: 'user' });
  expect(unit).toContain('--home "/srv/my 100%% \\"home\\""\n');
});
