import { Agent } from 'node:http';
import { Daemon } from '../test/support/daemon.ts';
import { fillWithIdleSessions, residentMegabytes } from './idle-sessions.ts';
import { type Bench, formatMillis, formatRatio, median, onDisk, percentile, type Row } from './measure.ts';
import { postMessage } from './post.ts';
import { rawAppendTimes } from './raw.ts';

const STREAMING = 100;
const TOKENS = 50;
const MESSAGES = 300;
/** Upper limit of the result, in milliseconds. */
const LIMIT = 10;

/** Time until a message is accepted while 100 sessions stream 50 tokens/s each to followers. */
export const accept: Bench = {
  name: 'accept',
  async run() {
    const words = Array.from({ length: 3_000 }, () => 'word').join(' ');
    const daemon = new Daemon({
      providers: {
        scripted: {
          type: 'scripted',
          concurrency: 200,
          scripts: { talk: [{ text: words, tokenDelay: `${1000 / TOKENS}ms` }], quick: [{ text: 'ok' }] },
        },
      },
      agents: {
        talker: { model: 'scripted/talk', tools: { '*': 'allow' } },
        quick: { model: 'scripted/quick', tools: { '*': 'allow' } },
      },
      defaultAgent: 'quick',
      limits: { turns: 200 },
    });
    await daemon.startUp();
    try {
      const calm = await acceptTimes(daemon, 'calm');
      const streams = new AbortController();
      for (let n = 0; n < STREAMING; n += 1) {
        await daemon.client.sendMessage(`talk-${n}`, { text: 'go', agent: 'talker' });
        void drainStream(daemon, `talk-${n}`, streams.signal);
      }
      const busy = await acceptTimes(daemon, 'busy');
      streams.abort();
      const sync = await onDisk(async (folder) => rawAppendTimes(folder));
      return [
        receiptRow('p50', median(busy), median(calm), median(sync)),
        receiptRow('p99', percentile(busy, 0.99), percentile(calm, 0.99), percentile(sync, 0.99)),
      ];
    } finally {
      await daemon.dispose();
    }
  },
};

function receiptRow(which: string, value: number, calm: number, sync: number): Row {
  return {
    what: `accept a message, ${which}, 100 sessions streaming`,
    value: formatMillis(value),
    against: `the same without streams: ${formatMillis(calm)} (one fdatasync of 1 kB: ${formatMillis(sync)})`,
    ratio: formatRatio(value / calm),
    aim: `< ${formatMillis(LIMIT)}`,
    met: value < LIMIT,
  };
}

/** Milliseconds from request to 202, sorted; one after the other over one connection. */
async function acceptTimes({ home }: Daemon, session: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken: number[] = [];
  for (let n = 0; n < MESSAGES; n += 1) {
    taken.push(await postMessage(home.socket, `${session}-${n % 10}`, agent));
  }
  agent.destroy();
  return taken.sort((a, b) => a - b);
}

async function drainStream({ client }: Daemon, session: string, signal: AbortSignal): Promise<void> {
  for await (const _ of client.followSession(session, 0, signal)) if (signal.aborted) return;
}

const IDLE = 10_000;

/** Boot, memory and recovery, with and without idle sessions. */
export const boot: Bench = {
  name: 'boot',
  async run() {
    const empty = await bootTimes(0);
    const full = await bootTimes(IDLE);
    const ratio = full.boot / empty.boot;
    const grown = full.memory - empty.memory;
    return [
      {
        what: 'boot to serving with 10,000 idle sessions',
        value: formatMillis(full.boot),
        against: `without any: ${formatMillis(empty.boot)}`,
        ratio: formatRatio(ratio),
        aim: `≤ ${formatRatio(1.2)}, < 500 ms`,
        met: ratio <= 1.2 && full.boot < 500,
      },
      {
        what: 'memory of the generation with 10,000 idle sessions',
        value: `${full.memory.toFixed(0)} MB`,
        against: `without any: ${empty.memory.toFixed(0)} MB`,
        ratio: formatRatio(full.memory / empty.memory),
        aim: '≤ +10 MB',
        met: grown <= 10,
      },
      {
        what: 'kill -9 of the generation to the first step of the resumed turn',
        value: formatMillis(full.recovery),
        against: `boot to serving: ${formatMillis(full.boot)}`,
        ratio: formatRatio(full.recovery / full.boot),
        aim: '< 500 ms',
        met: full.recovery < 500,
      },
    ];
  },
};

const TRIES = 5;

/** Medians; the generation's start is the supervisor's spawn, its memory what the kernel counts as resident. */
async function bootTimes(idle: number): Promise<{ boot: number; memory: number; recovery: number }> {
  const daemon = new Daemon({
    providers: {
      scripted: { type: 'scripted', scripts: { slow: [{ text: 'never', delay: '10m' }] } },
    },
    agents: { main: { model: 'scripted/slow', tools: { '*': 'allow' } } },
  });
  try {
    if (idle > 0) await fillWithIdleSessions(daemon.home.journal, idle);
    const boots: number[] = [];
    const memory: number[] = [];
    for (let n = 0; n < TRIES; n += 1) {
      await daemon.startUp();
      boots.push(timeBetween(daemon, 'generation:started', 'generation:serving'));
      memory.push(residentMegabytes(daemon.generationPid));
      await daemon.shutDown();
    }
    await daemon.startUp();
    await daemon.client.sendMessage('in-flight', { text: 'go' });
    const recoveries: number[] = [];
    for (let n = 0; n < 2; n += 1) recoveries.push(await recoveryTime(daemon));
    return { boot: median(boots), memory: median(memory), recovery: Math.min(...recoveries) };
  } finally {
    await daemon.dispose();
  }
}

/** By the journal's clock: the interrupted model call's next attempt is the first step of the resumed turn. */
async function recoveryTime(daemon: Daemon): Promise<number> {
  const { events: before } = await daemon.client.readEvents('in-flight', { limit: 1000 });
  const killedAt = Date.now();
  await daemon.killGeneration();
  const signal = AbortSignal.timeout(10_000);
  for await (const item of daemon.client.followSession('in-flight', before.at(-1)?.seq ?? 0, signal)) {
    if (item.kind === 'event' && item.event.type === 'model_call_started') return item.event.at - killedAt;
  }
  throw new Error('the turn was not resumed');
}

function timeBetween({ log }: Daemon, from: string, to: string): number {
  const at = (msg: string) => Date.parse(String(log.findLast((line) => line.msg === msg)?.['time']));
  return at(to) - at(from);
}
