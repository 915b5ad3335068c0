import { expect, it } from 'vitest';
import { eventsOf, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { limitFileSize } from '../../support/limit-file-size.ts';

it.runIf(process.platform === 'linux')(
  '[J9] [A7] a session whose generation dies while the disk is full continues in the next one when there is space again',
  async (t) => {
    const held = new Promise<void>(() => {});
    const { daemon, server } = await thinkingDaemon(t, (messages) =>
      messages.length > 1 ? { text: 'done' } : { text: 'never', hold: held },
    );
    const { client, generationPid: old } = daemon;
    await client.sendMessage('s', { text: 'go', id: 'a' });
    await server.waitUntil(({ running }) => running === 1);
    const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
    await client.restart('the test');
    await left;
    const { generationPid } = daemon;
    limitFileSize(generationPid, '1');
    const full = daemon.waitForLog(
      ({ msg, generation }) => msg === 'journal:unavailable' && generation === 2,
    );
    process.kill(old, 'SIGKILL');
    await full;
    limitFileSize(generationPid, 'unlimited');
    await client.sendMessage('s', { text: 'are you there?', id: 'b' });
    expect(stepsOf(await eventsOf(daemon, 's', 'b'))).toEqual([
      'model call 1, attempt 1, generation 1',
      'handed over 1 → 2: restart',
      'model call 1 interrupted: crash',
      'model call 1, attempt 2, generation 2',
      'answered',
    ]);
  },
);
