import { expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { createRandom } from '../support/random.ts';
import { checkJournal } from './check-journal.ts';
import { retryUntilAccepted } from './patience.ts';
import {
  createFetchCall,
  createScriptedAgent,
  openStage,
  reachesStage,
  startTestDaemon,
  waitForClosedInput,
} from './stage.ts';

const SESSIONS = Array.from({ length: 10 }, (_, index) => `chaos/${index}`);
const MESSAGES = 5;
/** The number of kills, below the quick crashes after which the supervisor stops running sessions. */
const KILLS_PER_DAEMON = 3;
const KILLS = 7;

it('[A7][A6][A1] every accepted message gets exactly one outcome, wherever the daemon is killed', async (t) => {
  const seed = Number(process.env['MIDTURN_TEST_SEED'] ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  const stage = await openStage(t);
  const daemon = await startTestDaemon(t, {
    ...createScriptedAgent([
      { text: 'Looking.', tools: [createFetchCall(stage, 'read'), createFetchCall(stage, 'put', 'PUT')] },
      {
        tools: [
          createFetchCall(stage, 'write', 'POST'),
          { name: 'shell', input: { command: 'echo $RANDOM' } },
        ],
      },
      { text: 'Answer to {input}.' },
    ]),
    tools: reachesStage,
    // Random kills may hit the same step often, so the crash limit is raised.
    limits: { crashAttempts: 20 },
  });
  let accepted = 0;
  const talk = Promise.all(
    SESSIONS.map(async (session) => {
      for (let index = 0; index < MESSAGES; index += 1) {
        const mode = random() < 0.5 ? 'steer' : 'queue';
        const id = `${session}-${index}`;
        await retryUntilAccepted(() => daemon.client.sendMessage(session, { id, text: id, mode }));
        accepted += 1;
        stage.noteEvent('accepted');
      }
    }),
  );
  const where = `MIDTURN_TEST_SEED=${seed}`;
  await killAtRandom(daemon, (count) => stage.waitForRequests(count), random);
  await talk;
  expect(accepted, where).toBe(SESSIONS.length * MESSAGES);
  await Promise.all(SESSIONS.map((session) => checkSession(daemon, session, where)));
  expect((await daemon.client.getStatus()).sessions, where).toMatchObject({
    idle: SESSIONS.length,
    queued: 0,
    running: 0,
    waiting: 0,
    quarantined: 0,
  });
});

/** Kills the daemon repeatedly, each time a random number of requests after the last kill. */
async function killAtRandom(
  daemon: Daemon,
  reached: (happenings: number) => Promise<void>,
  random: () => number,
): Promise<void> {
  let happenings = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    happenings += 1 + Math.floor(random() * 10);
    await reached(happenings);
    if (kill % (KILLS_PER_DAEMON + 1) !== 0) await daemon.killGeneration();
    else {
      await daemon.killAll();
      await daemon.startUp();
    }
  }
}

async function checkSession(daemon: Daemon, session: string, where: string): Promise<void> {
  const ids = Array.from({ length: MESSAGES }, (_, index) => `${session}-${index}`);
  for (const id of ids) {
    expect(await waitForClosedInput(daemon, session, id), where).toMatchObject({ outcome: 'answered' });
  }
  const { events, next } = await daemon.client.readEvents(session, { limit: 500 });
  expect(next, where).toBeUndefined();
  checkJournal(events, `${where} ${session}`);
  const received = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
  expect(received, where).toEqual(ids);
}
