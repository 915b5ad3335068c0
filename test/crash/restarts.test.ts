import { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { retryUntilAccepted } from './patience.ts';
import {
  listResumedSessions,
  openStage,
  reachesStage,
  sendCompletion,
  startTestDaemon,
  waitForClosedInput,
  waitForEvent,
  waitForLogLine,
} from './stage.ts';

/** A command that waits for a file that the test creates, for at most a minute. */
const COMMAND =
  'echo run >> ran; echo begun; for i in $(seq 1200); do [ -e go ] && break; sleep 0.05; done; echo over';

const interruptions: Record<string, (daemon: Daemon, t: TestContext) => Promise<void>> = {
  'kill -9 of the generation': (daemon) => daemon.killGeneration(),
  'kill -9 of supervisor and generation': async (daemon) => {
    await daemon.killAll();
    await daemon.startUp();
  },
  SIGTERM: async (daemon) => {
    expect(await daemon.shutDown('SIGTERM')).toBe(0);
    await daemon.startUp();
  },
  'SIGTERM and a move of the home': async (daemon, t) => {
    // A command that has not reached its folder yet would look for it where it no longer is.
    await t.expect.poll(() => existsSync(join(daemon.home.work, 'ran'))).toBe(true);
    expect(await daemon.shutDown('SIGTERM')).toBe(0);
    daemon.moveHome();
    await daemon.startUp();
  },
  'Ctrl-C': async (daemon) => {
    expect(await daemon.shutDown('SIGINT')).toBe(0);
    await daemon.startUp();
  },
};

describe.concurrent('[D1][D3][F3] active sessions resume by themselves, idle ones stay unloaded', () => {
  for (const [name, interrupt] of Object.entries(interruptions)) {
    it(`after ${name}`, async (t) => {
      const { daemon, thinking } = await busyDaemon(t);
      const from = daemon.log.length;
      await interrupt(daemon, t);
      await waitForLogLine(daemon, { msg: 'generation:resumed' }, from);
      expect(listResumedSessions(daemon, from)).toEqual(['active/job', 'active/thought']);
      await thinking;
      expect(await ownedSessions(daemon)).toEqual(['active/job', 'active/thought']);

      writeFileSync(join(daemon.home.work, 'go'), '');
      expect(await waitForClosedInput(daemon, 'active/job', 'a')).toMatchObject({ outcome: 'answered' });
      expect(await waitForClosedInput(daemon, 'active/thought', 'a')).toMatchObject({ outcome: 'answered' });
      const { messages } = await daemon.client.readTranscript('active/job');
      expect(messages.find(({ role }) => role === 'tool')).toMatchObject({
        outcome: 'finished',
        text: expect.stringContaining('begun\nover'),
      });
      expect(await readFile(join(daemon.home.work, 'ran'), 'utf8')).toBe('run\n');
      for (const session of ['active/job', 'active/thought']) {
        const { events } = await daemon.client.readEvents(session, { limit: 500 });
        checkJournal(events, session);
        expect(events.filter(({ type }) => type === 'turn_started')).toHaveLength(1);
      }
    });
  }
});

/** Starts two sessions that are busy with a job and with a model call, and three that are idle. */
async function busyDaemon(t: TestContext) {
  const stage = await openStage(t);
  const daemon = await startTestDaemon(t, {
    providers: {
      staged: { type: 'openai-compatible', baseUrl: `${stage.url}/staged` },
      scripted: {
        type: 'scripted',
        scripts: { job: [{ tools: [{ name: 'shell', input: { command: COMMAND } }] }, { text: 'Done.' }] },
      },
    },
    agents: {
      main: { model: 'scripted/echo' },
      thinker: { model: 'staged/m', tools: { '*': 'allow' } },
      worker: { model: 'scripted/job', tools: { '*': 'allow' } },
    },
    defaultAgent: 'main',
    handover: { modelGrace: '50ms' },
    tools: reachesStage,
  });
  const { client } = daemon;
  const asked = 'staged/chat/completions';
  stage.setPart(asked, (response, count) => {
    if (count > 1) sendCompletion(response, 'thought it over');
  });
  for (const session of ['idle/1', 'idle/2', 'idle/3']) {
    await client.sendAndWait(session, { text: 'hello' }, 20);
  }
  await client.sendMessage('active/thought', { id: 'a', text: 'think', agent: 'thinker' });
  await client.sendMessage('active/job', { id: 'a', text: 'work', agent: 'worker' });
  await stage.waitForRequests(1, asked);
  await waitForEvent(daemon, 'active/job', ({ type }) => type === 'tool_call_started');
  return { daemon, thinking: stage.waitForRequests(2, asked) };
}

/** Returns the sessions that the running generation has loaded into memory since its start. */
async function ownedSessions({ client }: Daemon): Promise<string[]> {
  const { generation } = await client.getStatus();
  const { sessions } = await retryUntilAccepted(() => client.listSessions());
  return sessions.filter(({ owner }) => owner === generation.number).map(({ session }) => session);
}
