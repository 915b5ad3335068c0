import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import {
  createFetchCall,
  createScriptedAgent,
  openStage,
  reachesStage,
  type Stage,
  startTestDaemon,
  waitForClosedInput,
  waitForLogLine,
} from './stage.ts';

const SESSION = 'crash/one';

describe.concurrent('[D5] a resume happens once per interruption', () => {
  it('also with two kills in quick succession', async (t) => {
    const { daemon, stage } = await interruptible(t);
    const from = daemon.log.length;
    process.kill(daemon.generationPid, 'SIGKILL');
    const { pid: next } = await waitForLogLine(daemon, { msg: 'generation:started' }, from);
    process.kill(next, 'SIGKILL');
    await checkEnd(daemon, stage);
    expect(daemon.log.slice(from).filter(({ msg }) => msg === 'generation:crashed')).toHaveLength(2);
  });

  for (const [write, point] of [
    [1, 'before'],
    [1, 'after'],
    [2, 'after'],
  ]) {
    it(`also with a kill ${point} write ${write} of the resume`, async (t) => {
      const { daemon, stage } = await interruptible(t);
      await daemon.killAll();
      const latch = join(daemon.home.root, 'killed');
      await daemon.startUp({
        MIDTURN_TEST_FAULTS: '1',
        MIDTURN_TEST_KILL_AT_WRITE: String(write),
        MIDTURN_TEST_KILL_POINT: String(point),
        MIDTURN_TEST_KILL_LATCH: latch,
      });
      await checkEnd(daemon, stage);
      expect(existsSync(latch)).toBe(true);
    });
  }
});

/** Starts a daemon in the middle of a turn: the first tool call is finished, the second one hangs. */
async function interruptible(t: TestContext): Promise<{ daemon: Daemon; stage: Stage }> {
  const stage = await openStage(t);
  const daemon = await startTestDaemon(t, {
    ...createScriptedAgent([
      { tools: [createFetchCall(stage, 'write', 'POST')] },
      { tools: [createFetchCall(stage, 'slow')] },
      { text: 'Done.' },
    ]),
    tools: reachesStage,
  });
  stage.setPart('slow', () => {});
  await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
  await stage.waitForRequests(1, 'slow');
  stage.setPart('slow', (response) => response.end('at last'));
  return { daemon, stage };
}

async function checkEnd(daemon: Daemon, stage: Stage): Promise<void> {
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  const { events } = await daemon.client.readEvents(SESSION, { limit: 500 });
  checkJournal(events, SESSION);
  expect(events.filter(({ type }) => type === 'turn_started')).toHaveLength(1);
  expect(stage.countRequests('write')).toBe(1);
  // Each attempt but the last was interrupted once; an attempt that died before its request is rare but legal.
  const attempts = events.filter((event) => event.type === 'tool_call_started' && event.call === '2.1');
  const lost = events.filter((event) => event.type === 'tool_call_interrupted');
  expect(attempts).toHaveLength(lost.length + 1);
  expect(stage.countRequests('slow')).toBeGreaterThan(1);
  expect(stage.countRequests('slow')).toBeLessThanOrEqual(attempts.length);
  const { messages } = await daemon.client.readTranscript(SESSION);
  // The model was told once, with its next answer, whatever the number of interruptions.
  expect(messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
    'tool',
    'system',
    'assistant',
  ]);
}
