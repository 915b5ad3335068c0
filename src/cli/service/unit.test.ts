import { expect, it } from 'vitest';
import { renderUnit } from './unit.ts';

const options = {
  node: '/opt/node',
  script: '/opt/midturn/main.js',
  home: '/srv/m',
  path: '/home/ada/.nvm/v24/bin:/usr/bin',
  scope: 'system',
} as const;

it('[J4] [C12] a unit grants the daemon enough time to stop, and does not kill its jobs', () => {
  const unit = renderUnit({ ...options, stopTimeout: 65_500 });
  expect(unit).toContain('\nExecStart=/opt/node /opt/midturn/main.js up --home /srv/m\n');
  expect(unit).toContain('\nTimeoutStopSec=66\n');
  expect(unit).toContain('\nKillMode=process\n');
  expect(unit).toContain('\nRestartPreventExitStatus=78\n');
  expect(unit).toContain('\nWantedBy=multi-user.target\n');
});

it('a unit keeps paths with spaces and percent signs whole', () => {
  const unit = renderUnit({ ...options, home: '/srv/my 100% "home"', stopTimeout: 1, scope: 'user' });
  expect(unit).toContain('--home "/srv/my 100%% \\"home\\""\n');
});

it("a unit carries the installer's PATH, so that the service finds what a terminal finds", () => {
  const lines = (path: string) =>
    renderUnit({ ...options, path, stopTimeout: 1 })
      .split('\n')
      .filter((line) => line.startsWith('Environment'));
  expect(lines('/home/ada/.nvm/v24/bin:/usr/bin')).toEqual([
    'Environment="PATH=/home/ada/.nvm/v24/bin:/usr/bin"',
  ]);
  expect(lines('/my tools/100%:.::relative:/usr/bin:/usr/bin:/a\nb')).toEqual([
    'Environment="PATH=/my tools/100%%:/usr/bin"',
  ]);
  expect(lines('')).toEqual([]);
});
