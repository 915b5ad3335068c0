import { expect, it, type TestContext } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { followAcrossRestarts } from './patience.ts';
import { createScriptedAgent, startTestDaemon } from './stage.ts';

/** The maximum of milliseconds between the deadline of a message and its closing. */
const SOON = 2_000;

it.concurrent('[A7] [C13] a message behind a question is closed at its deadline, in a passivated session and across a kill of the process', async (t) => {
  const daemon = await asking(t);
  const deadline = Date.now() + 5_000;
  await daemon.client.sendMessage('s', { text: 'soon', id: 'late', mode: 'queue', deadline });
  await daemon.killGeneration();
  expect(Date.now()).toBeLessThan(deadline);
  const late = (await closed(daemon)) - deadline;
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(SOON);
  expect(await daemon.client.getSession('s')).toMatchObject({ status: 'waiting', waitsFor: 'approval' });
});

it.concurrent('[A7] [C13] a message whose deadline passed while no process ran is closed by the next one', async (t) => {
  const daemon = await asking(t);
  const deadline = Date.now() + 500;
  await daemon.client.sendMessage('s', { text: 'soon', id: 'late', mode: 'queue', deadline });
  await daemon.killAll();
  await daemon.startUp();
  expect(await closed(daemon)).toBeGreaterThanOrEqual(deadline);
  expect(await daemon.client.getSession('s')).toMatchObject({ status: 'waiting', pending: [] });
});

/** Starts a daemon with a session whose turn waits for an approver. */
async function asking(t: TestContext): Promise<Daemon> {
  const { agents, ...rest } = createScriptedAgent([
    { tools: [{ name: 'list_files', input: {} }] },
    { text: 'done' },
  ]);
  const main = { ...agents['main'], tools: { '*': 'allow', list_files: 'ask' } };
  const daemon = await startTestDaemon(t, { ...rest, agents: { main }, limits: { passivateAfter: '1ms' } });
  await daemon.client.sendMessage('s', { text: 'go', id: 'first' });
  for await (const event of followAcrossRestarts(daemon.client, 's')) {
    if (event.type === 'approval_requested') break;
  }
  return daemon;
}

/** Returns the time in the journal at which the message was closed as expired. */
async function closed({ client }: Daemon): Promise<number> {
  for await (const event of followAcrossRestarts(client, 's')) {
    if (event.type !== 'input_closed') continue;
    expect(event).toMatchObject({ inputs: ['late'], outcome: 'expired' });
    return event.at;
  }
  throw new Error('the stream has ended');
}
