import { expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { createRandom } from '../support/random.ts';
import { answerRecall } from '../support/recall-server.ts';
import { checkJournal } from './check-journal.ts';
import { retryUntilAccepted } from './patience.ts';
import { COMPLETION, openStage, type Stage, startTestDaemon, waitForClosedInput } from './stage.ts';

const SESSION = 'crash/long';
const MESSAGES = 100;
const AHEAD = 5;
const KILLS = 6;
/** The number of kills, below the quick crashes after which the supervisor stops running sessions. */
const KILLS_PER_DAEMON = 3;

it('[B8] a long conversation forgets nothing, wherever the daemon is killed', async (t) => {
  const seed = Number(process.env['MIDTURN_TEST_SEED'] ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  const where = `MIDTURN_TEST_SEED=${seed}`;
  const stage = await openStage(t);
  stage.setPart(COMPLETION, (response, _, request) => void answerRecall(request, response));
  const daemon = await startTestDaemon(t, {
    providers: { recall: { type: 'openai-compatible', baseUrl: `${stage.url}/v1` } },
    agents: { main: { model: 'recall/m', compaction: { window: 1_000 } } },
    limits: { crashAttempts: 20 },
  });
  const told = tell(daemon, stage);
  await killAtRandom(daemon, stage, random);
  await told;
  expect(await waitForClosedInput(daemon, SESSION, `m${MESSAGES}`), where).toMatchObject({
    outcome: 'answered',
  });
  await check(daemon, where);
});

/** Sends messages, never far ahead of the answers, so that each kill hits a step. */
async function tell({ client }: Daemon, stage: Stage): Promise<void> {
  for (let number = 1; number <= MESSAGES; number += 1) {
    await stage.waitForRequests(number - AHEAD, COMPLETION);
    const text = `message ${number}: ${'x'.repeat(200)}`;
    await retryUntilAccepted(() => client.sendMessage(SESSION, { id: `m${number}`, text, mode: 'queue' }));
  }
}

/** Kills the daemon repeatedly, each time a random number of model calls after the restart. */
async function killAtRandom(daemon: Daemon, stage: Stage, random: () => number): Promise<void> {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await stage.waitForRequests(stage.countRequests(COMPLETION) + 1 + Math.floor(random() * 10), COMPLETION);
    if (kill % (KILLS_PER_DAEMON + 1) !== 0) await daemon.killGeneration();
    else {
      await daemon.killAll();
      await daemon.startUp();
    }
  }
}

/** Checks that every message has its answer, that answers and summaries know all earlier ones, and none is missing. */
async function check({ client }: Daemon, where: string): Promise<void> {
  const { messages } = await client.readTranscript(SESSION, { limit: 1000 });
  const said = messages.filter(({ role }) => role !== 'system').map(({ text }) => text.split(': ')[0]);
  const numbers = Array.from({ length: MESSAGES }, (_, index) => index + 1);
  const expected = numbers.flatMap((number) => [`message ${number}`, `I know ${number} messages.`]);
  expect(said, where).toEqual(expected);
  const summaries = messages.filter(({ replaces }) => replaces !== undefined);
  expect(summaries.length, where).toBeGreaterThan(5);
  const { events } = await client.readEvents(SESSION, { limit: 1000 });
  checkJournal(events, where);
}
