import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { createScriptedAgent, waitForClosedInput } from './stage.ts';

it('[J2] [A1] a generation exits when its writer thread ends, and the next one continues', async (t) => {
  const daemon = new Daemon(
    createScriptedAgent([{ tools: [{ name: 'list_files', input: {} }] }, { text: 'Done.' }]),
  );
  t.onTestFinished(() => daemon.dispose());
  await daemon.startUp({
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_KILL_AT_WRITE: '3',
    MIDTURN_TEST_KILL_POINT: 'thread',
    MIDTURN_TEST_KILL_LATCH: join(daemon.home.root, 'killed'),
  });
  const serving = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:serving' && generation === 2,
  );
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await serving;
  expect(await waitForClosedInput(daemon, 's', 'a')).toMatchObject({ outcome: 'answered' });
});
