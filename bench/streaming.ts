import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Worker } from 'node:worker_threads';
import { createParser } from 'eventsource-parser';
import { Daemon } from '../test/support/daemon.ts';
import type { BareReader } from './bare-reader.ts';
import type { FarModel } from './far-model.ts';
import { type Bench, formatMillis, formatRatio, median, type Row } from './measure.ts';

const MANY = 50;
/** Rounds for one turn, and for many at once; the daemon and the bare provider take turns. */
const ROUNDS = { one: 30, many: 6 };

/** What the daemon adds to the way of a model's text to a client: time until the first token, and processor time. */
export const streaming: Bench = {
  name: 'streaming',
  async run() {
    return [...(await measureFirstToken()), ...(await measureProcessor())];
  },
};

async function measureFirstToken(): Promise<Row[]> {
  const provider = await startProvider({ words: 30, pace: 5 });
  const daemon = await startDaemon(provider.url);
  const followed = await Promise.all(Array.from({ length: MANY }, (_, n) => Follower.open(daemon, `s${n}`)));
  try {
    const one = await compareFirstToken(provider.url, followed.slice(0, 1), ROUNDS.one);
    const many = await compareFirstToken(provider.url, followed, ROUNDS.many);
    return [
      firstTokenRow('1 turn', one, 2.3),
      firstTokenRow(`${MANY} turns that begin at once, median of them`, many, 36),
    ];
  } finally {
    for (const each of followed) each.close();
    await provider.thread.terminate();
    await daemon.dispose();
  }
}

interface FirstToken {
  daemon: number;
  bare: number;
}

async function compareFirstToken(
  url: string,
  followed: readonly Follower[],
  rounds: number,
): Promise<FirstToken> {
  const kept = new Agent({ keepAlive: true });
  const times: FirstToken[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const bare = await Promise.all(followed.map(() => firstTokenOf(url, kept)));
    const daemon = await Promise.all(followed.map((each) => each.firstToken()));
    times.push({ daemon: median(daemon), bare: median(bare) });
    await Promise.all(followed.map((each) => each.turnFinished()));
  }
  kept.destroy();
  return { daemon: median(times.map((each) => each.daemon)), bare: median(times.map((each) => each.bare)) };
}

function firstTokenRow(which: string, { daemon, bare }: FirstToken, limit: number): Row {
  const added = daemon - bare;
  return {
    what: `first token: what the daemon adds, ${which}`,
    value: formatMillis(added),
    against: `the provider alone: ${formatMillis(bare)}`,
    ratio: formatRatio(daemon / bare),
    aim: `≤ ${formatMillis(limit)}`,
    met: added <= limit,
  };
}

/** Milliseconds until the provider's first token, without the daemon. */
async function firstTokenOf(url: string, agent: Agent): Promise<number> {
  const start = performance.now();
  const sent = request(`${url}/v1/chat/completions`, { method: 'POST', agent });
  sent.end(JSON.stringify({ model: 'model', stream: true, messages: [{ role: 'user', content: 'go' }] }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await once(response, 'data');
  const time = performance.now() - start;
  response.resume();
  await once(response, 'end');
  return time;
}

/** A client that follows one session and sends it messages. */
class Follower {
  readonly #session: string;
  readonly #daemon: Daemon;
  readonly #request: ClientRequest;
  #token = Promise.withResolvers<number>();
  #finished = Promise.withResolvers<void>();

  static async open(daemon: Daemon, session: string): Promise<Follower> {
    await daemon.client.sendAndWait(session, { text: 'warm up' }, 60);
    const { seq } = (await daemon.client.readEvents(session, { limit: 1000 })).events.at(-1) ?? { seq: 0 };
    const sent = request({
      socketPath: daemon.home.socket,
      agent: false,
      path: `/v1/sessions/${session}/events?after=${seq}`,
      headers: { accept: 'text/event-stream' },
    });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return new Follower(daemon, session, sent, response);
  }

  private constructor(daemon: Daemon, session: string, sent: ClientRequest, response: IncomingMessage) {
    this.#daemon = daemon;
    this.#session = session;
    this.#request = sent;
    sent.on('error', () => {});
    response.on('error', () => {});
    const parser = createParser({
      onEvent: ({ event }) => {
        if (event === 'delta') this.#token.resolve(performance.now());
        if (event === 'turn_finished') this.#finished.resolve();
      },
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => parser.feed(text));
  }

  /** Sends a message; resolves with the milliseconds until the first token of the answer. */
  async firstToken(): Promise<number> {
    this.#token = Promise.withResolvers<number>();
    this.#finished = Promise.withResolvers<void>();
    const start = performance.now();
    void this.#daemon.client.sendMessage(this.#session, { text: 'go' });
    return (await this.#token.promise) - start;
  }

  async turnFinished(): Promise<void> {
    await this.#finished.promise;
  }

  close(): void {
    this.#request.destroy();
  }
}

const STREAMS = 20;
const WORDS = 1_000;
const PACE = 5;

/** Processor time of the generation while it relays streams, each to one follower. */
async function measureProcessor(): Promise<Row[]> {
  const provider = await startProvider({ words: WORDS, pace: PACE });
  const daemon = await startDaemon(provider.url);
  const followed = await Promise.all(
    Array.from({ length: STREAMS }, (_, n) => Follower.open(daemon, `s${n}`)),
  );
  try {
    const bare = await readBare({ url: provider.url, streams: STREAMS });
    const before = processorTime(daemon.generationPid);
    await Promise.all(followed.map((each) => each.firstToken()));
    await Promise.all(followed.map((each) => each.turnFinished()));
    const used = processorTime(daemon.generationPid) - before;
    const perThousand = (milliseconds: number) => (milliseconds / (STREAMS * WORDS)) * 1_000;
    return [processorRow(perThousand(used), perThousand(bare))];
  } finally {
    for (const each of followed) each.close();
    await provider.thread.terminate();
    await daemon.dispose();
  }
}

function processorRow(used: number, bare: number): Row {
  return {
    what: `processor time of 1,000 streamed tokens, ${STREAMS} streams with one follower each`,
    value: formatMillis(used),
    against: `a thread that only reads and parses them: ${formatMillis(bare)}`,
    ratio: formatRatio(used / bare),
    aim: '≤ 3.5 ×',
    met: used / bare <= 3.5,
  };
}

/** Milliseconds of processor time that all threads of a process have used. */
function processorTime(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

async function readBare(reader: BareReader): Promise<number> {
  const thread = new Worker(new URL('./bare-reader.ts', import.meta.url), { workerData: reader });
  const [milliseconds] = await once(thread, 'message');
  return Number(milliseconds);
}

async function startProvider(model: FarModel): Promise<{ url: string; thread: Worker }> {
  const thread = new Worker(new URL('./far-model.ts', import.meta.url), { workerData: model });
  const [url] = await once(thread, 'message');
  return { url: String(url), thread };
}

async function startDaemon(url: string): Promise<Daemon> {
  const daemon = new Daemon({
    providers: { far: { type: 'openai-compatible', baseUrl: `${url}/v1`, concurrency: 2 * MANY } },
    agents: { main: { model: 'far/model' } },
    limits: { turns: 2 * MANY },
  });
  await daemon.startUp();
  return daemon;
}
