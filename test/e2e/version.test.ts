import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { Daemon } from '../support/daemon.ts';

it('[J1] the status shows the version of the running process even after its package was replaced', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'midturn-upgrade-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(join(dirname(commandLine()), '..', '..'), copy, { recursive: true });
  vi.stubEnv('MIDTURN_TEST_CLI', join(copy, 'dist', 'cli', 'main.js'));
  const file = join(copy, 'package.json');
  const { version, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  const daemon = new Daemon({});
  try {
    await daemon.startUp();
    writeFileSync(file, JSON.stringify({ ...rest, version: '99.0.0' }));
    expect(await daemon.client.getStatus()).toMatchObject({ version, generation: { number: 1 } });
    const drained = daemon.waitForLog(({ msg }) => msg === 'generation:drained');
    await daemon.client.restart();
    await drained;
    expect(await daemon.client.getStatus()).toMatchObject({ version: '99.0.0', generation: { number: 2 } });
  } finally {
    await daemon.dispose();
    vi.unstubAllEnvs();
  }
});
