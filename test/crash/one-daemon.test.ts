import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import type { Daemon } from '../support/daemon.ts';
import { createScriptedAgent, startTestDaemon } from './stage.ts';

describe.concurrent('[J1] a second daemon on the same home', () => {
  for (const command of ['up', 'start']) {
    it(`is refused by \`midturn ${command}\` at once, with exit code 4 and the holder's process id`, async (t) => {
      const daemon = await startTestDaemon(t, createScriptedAgent([{ text: 'Here.' }]));
      const { code, stderr } = await run(daemon, command);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringContaining(`Process ${daemon.supervisorPid} already runs on this home`),
      });
      expect(await daemon.client.sendAndWait('a', { text: 'still there?' }, 20)).toMatchObject({
        text: 'Here.',
      });
    });
  }

  it('is welcome right after kill -9 of the first', async (t) => {
    const daemon = await startTestDaemon(t, createScriptedAgent([{ text: 'Here.' }]));
    const orphan = daemon.generationPid;
    process.kill(daemon.supervisorPid, 'SIGKILL');
    await daemon.startUp();
    expect(daemon.generationPid).not.toBe(orphan);
    expect(await daemon.client.sendAndWait('a', { text: 'there?' }, 20)).toMatchObject({ text: 'Here.' });
  });
});

function run({ home }: Daemon, command: string): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [commandLine(), command, '--home', home.root], (error, _, stderr) => {
      resolve({ code: error?.code ?? 0, stderr });
    });
  });
}
