import { expect, it } from 'vitest';
import { limitFileSize } from '../support/limit-file-size.ts';
import { createScriptedAgent, startTestDaemon, waitForClosedInput, waitForLogLine } from './stage.ts';

it.runIf(process.platform === 'linux')(
  '[J9] a daemon that crashes while the disk is full serves again by itself when there is space',
  async (t) => {
    const daemon = await startTestDaemon(t, createScriptedAgent([{ text: 'Heard {input}.' }]));
    const { client } = daemon;
    limitFileSize(daemon.supervisorPid, '1');
    process.kill(daemon.generationPid, 'SIGKILL');
    const serving = waitForLogLine(daemon, { msg: 'generation:serving', cause: 'crash' });
    // One more than the crashes that would lead to rescue mode.
    const tries = () => daemon.log.filter(({ msg }) => msg === 'journal:unavailable').length;
    while (tries() < 5) await daemon.waitForLog(({ msg }) => msg === 'journal:unavailable');
    limitFileSize(daemon.supervisorPid, 'unlimited');
    expect(await serving).toMatchObject({ mode: 'normal' });
    await client.sendMessage('one', { id: 'a', text: 'hello' });
    expect(await waitForClosedInput(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
    expect(await client.getStatus()).toMatchObject({ mode: 'normal', reasons: [] });
    expect(daemon.output).toContain('cannot be opened');
  },
);
