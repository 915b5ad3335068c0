import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import type { TokenUsage } from '../../src/core/model/events.ts';
import type { Daemon } from '../support/daemon.ts';
import { createRandom } from '../support/random.ts';
import { retryUntilAccepted } from './patience.ts';
import {
  COMPLETION,
  createFetchCall,
  openStage,
  reachesStage,
  type Stage,
  startTestDaemon,
  waitForClosedInput,
} from './stage.ts';

const SESSIONS = ['bill/a', 'bill/b', 'bill/c', 'bill/d'];
const MESSAGES = 8;
/** Kills, below the quick crashes after which the supervisor stops running sessions. */
const KILLS = 6;
const KILLS_PER_DAEMON = 3;

it('[N1] wherever the daemon is killed, the ledger has each call that the provider counted, with its tokens or as lost', async (t) => {
  const seed = Number(process.env['MIDTURN_TEST_SEED'] ?? Date.now() % 1_000_000);
  const where = `MIDTURN_TEST_SEED=${seed}`;
  const random = createRandom(seed);
  const stage = await openStage(t);
  const provider = new BillingProvider(stage, random);
  const daemon = await startTestDaemon(t, {
    providers: {
      far: {
        type: 'openai-compatible',
        baseUrl: `${stage.url}/v1`,
        prices: { m: { input: 1, output: 2 } },
      },
    },
    agents: { main: { model: 'far/m', tools: { '*': 'allow' } } },
    tools: reachesStage,
    limits: { crashAttempts: 20, modelAttempts: 10 },
  });
  const finished = Promise.all(SESSIONS.map((session) => converse(daemon, session))).then(() => 'finished');
  let kills = 0;
  while ((await Promise.race([provider.waitForFatalCall(), finished])) !== 'finished') {
    kills += 1;
    if (kills % (KILLS_PER_DAEMON + 1) !== 0) await daemon.killGeneration();
    else {
      await daemon.killAll();
      await daemon.startUp();
    }
    provider.armNextKill(kills < KILLS);
  }
  expect(kills, where).toBe(KILLS);
  await compareBills(daemon, provider, where);
});

/** Sends one message after the other, each once the one before has its outcome. */
async function converse(daemon: Daemon, session: string): Promise<void> {
  for (let index = 0; index < MESSAGES; index += 1) {
    const message = { id: `${session}-${index}`, text: 'Go on.', mode: 'queue', from: 'ann' } as const;
    await retryUntilAccepted(() => daemon.client.sendMessage(session, message));
    await waitForClosedInput(daemon, session, message.id);
  }
}

/** Compares the ledger with the journal's events and with what the provider has counted. */
async function compareBills(daemon: Daemon, provider: BillingProvider, where: string): Promise<void> {
  const recorded = (await Promise.all(SESSIONS.map((session) => listRecordedUsage(daemon, session)))).flat();
  const { total, groups } = await daemon.client.reportUsage({ by: 'person' });
  expect(
    groups.map(({ value }) => value),
    where,
  ).toEqual(['ann']);
  const measured = recorded.filter((usage) => usage !== undefined);
  const sum = (read: (usage: TokenUsage) => number | undefined) =>
    measured.reduce((all, usage) => all + (read(usage) ?? 0), 0);
  const [input, output] = [sum((usage) => usage.input), sum((usage) => usage.output)];
  const unmeasured = recorded.length - measured.length;
  expect(total, where).toMatchObject({ calls: recorded.length, unmeasured, unpriced: 0, input, output });
  expect(Math.round(Number(total.cost) * 1e9), where).toBe(input * 1000 + output * 2000);
  // The number of prompt tokens is different for each request.
  const known = measured.map((usage) => usage.input);
  expect(new Set(known).size, where).toBe(known.length);
  expect(
    known.filter((tokens) => !provider.billed.has(tokens ?? 0)),
    where,
  ).toEqual([]);
  const lost = provider.requests - measured.length;
  expect(lost, where).toBeLessThanOrEqual(unmeasured);
  expect(unmeasured, where).toBeGreaterThan(0);
}

/** Lists the usage of each ended attempt; undefined where the provider reported none. */
async function listRecordedUsage(daemon: Daemon, session: string): Promise<(TokenUsage | undefined)[]> {
  const { events, next } = await daemon.client.readEvents(session, { limit: 1000 });
  expect(next).toBeUndefined();
  return events.flatMap((event) =>
    event.type === 'model_call_finished' || event.type === 'model_call_interrupted'
      ? [event.usage as TokenUsage | undefined]
      : [],
  );
}

/** A provider that counts its requests and reports tokens, and at some call asks for the daemon to be killed. */
class BillingProvider {
  requests = 0;
  /** Prompt tokens of each answer that was sent. */
  readonly billed = new Set<number>();
  readonly #random: () => number;
  readonly #stage: Stage;
  #fatal = Promise.withResolvers<void>();
  #left: number | null = 3;

  constructor(stage: Stage, random: () => number) {
    this.#stage = stage;
    this.#random = random;
    stage.setPart(COMPLETION, (response, count) => this.#answer(response, count));
  }

  /** Resolves when a call has come at which the daemon is to be killed. */
  waitForFatalCall(): Promise<void> {
    return this.#fatal.promise;
  }

  armNextKill(more: boolean): void {
    this.#fatal = Promise.withResolvers();
    this.#left = more ? 1 + Math.floor(this.#random() * 3) : null;
  }

  #answer(response: ServerResponse, count: number): void {
    this.requests += 1;
    const isFatal = this.#left !== null && --this.#left === 0;
    // Killed before the answer, or as soon as the whole answer is out.
    if (isFatal && this.#random() < 0.5) {
      this.#fatal.resolve();
      return;
    }
    if (isFatal) response.once('finish', () => this.#fatal.resolve());
    if (!isFatal && this.#random() < 0.1) {
      response.writeHead(503, { 'retry-after-ms': '20' }).end('{"error": {"message": "busy"}}');
      return;
    }
    this.billed.add(1000 + count);
    this.#sendAnswer(response, count);
  }

  #sendAnswer(response: ServerResponse, count: number): void {
    const usage = { prompt_tokens: 1000 + count, completion_tokens: 7 };
    const { name, input } = createFetchCall(this.#stage, 'tool');
    const call = {
      index: 0,
      id: 'c',
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    };
    const isLast = this.#random() < 0.4;
    const delta = isLast
      ? { role: 'assistant', content: 'Done.' }
      : { role: 'assistant', tool_calls: [call] };
    const choices = [{ index: 0, delta, finish_reason: isLast ? 'stop' : 'tool_calls' }];
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  }
}
