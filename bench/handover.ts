import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Daemon } from '../test/support/daemon.ts';
import { residentMegabytes } from './idle-sessions.ts';
import { type Bench, formatMillis, formatRatio, median, percentile, type Row } from './measure.ts';
import { manySessions } from './moving.ts';
import { postMessage } from './post.ts';

const HANDOVERS = 20;
/** Milliseconds between two messages. */
const EVERY = 10;

/** Accepting during handovers, how soon a saved configuration is in force, and what idle sessions and memory add. */
export const handover: Bench = {
  name: 'handover',
  async run() {
    return [...(await underLoad()), ...(await measureSaves()), ...(await manySessions())];
  },
};

const echo = {
  providers: {
    scripted: {
      type: 'scripted',
      concurrency: 200,
      scripts: { quick: [{ text: 'ok' }] },
    },
  },
  agents: { quick: { model: 'scripted/quick', tools: { '*': 'allow' } } },
  defaultAgent: 'quick',
  handover: { modelGrace: '0ms', toolGrace: '0ms', drainCap: '30s', trial: '0ms' },
  limits: { turns: 200 },
};

async function underLoad(): Promise<Row[]> {
  const daemon = new Daemon(echo);
  await daemon.startUp();
  try {
    const steady = await sendUnderLoad(daemon, () => new Promise((resolve) => setTimeout(resolve, 5_000)));
    const memory = { one: residentMegabytes(daemon.generationPid), two: 0 };
    const busy = await sendUnderLoad(daemon, async () => {
      for (let n = 1; n <= HANDOVERS; n += 1) {
        memory.two = Math.max(memory.two, await handOver(daemon, n));
      }
    });
    const [calm, during] = [percentile(steady.taken, 0.99), percentile(busy.taken, 0.99)];
    return [
      {
        what: `requests that failed during ${HANDOVERS} handovers`,
        value: `${busy.failed} of ${busy.taken.length + busy.failed}`,
        against: `without handovers: ${steady.failed} of ${steady.taken.length + steady.failed}`,
        ratio: '',
        aim: '0',
        met: busy.failed === 0,
      },
      {
        what: 'accept p99 during handovers',
        value: formatMillis(during),
        against: `steady: ${formatMillis(calm)}`,
        ratio: formatRatio(during / calm),
        aim: '≤ 3 ×',
        met: during / calm <= 3,
      },
      {
        what: 'memory while two generations run',
        value: `${memory.two.toFixed(0)} MB`,
        against: `one: ${memory.one.toFixed(0)} MB`,
        ratio: formatRatio(memory.two / memory.one),
        aim: '≤ 2.2 ×',
        met: memory.two / memory.one <= 2.2,
      },
    ];
  } finally {
    await daemon.dispose();
  }
}

/** Sends messages at a steady pace, over kept and new connections, while `meanwhile` runs. */
async function sendUnderLoad({ home }: Daemon, meanwhile: () => Promise<unknown>) {
  const kept = new Agent({ keepAlive: true, maxSockets: 16 });
  const taken: number[] = [];
  let failed = 0;
  let over = false;
  const open: Promise<void>[] = [];
  const sending = (async () => {
    for (let n = 0; !over; n += 1) {
      const agent = n % 2 === 0 ? kept : new Agent();
      const sent = postMessage(home.socket, `load-${n % 20}`, agent).then(
        (milliseconds) => void taken.push(milliseconds),
        () => {
          failed += 1;
        },
      );
      open.push(sent);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  })();
  await meanwhile();
  over = true;
  await sending;
  await Promise.all(open);
  kept.destroy();
  return { taken: taken.sort((a, b) => a - b), failed };
}

/** Resolves with the memory of both generations when the next one had just begun to serve. */
async function handOver(daemon: Daemon, from: number): Promise<number> {
  const started = () => Number(daemon.log.findLast(({ msg }) => msg === 'generation:started')?.['pid']);
  const old = started();
  const serving = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:serving' && generation === from + 1,
  );
  const drained = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:drained' && generation === from,
  );
  await daemon.client.restart();
  await serving;
  const memory = residentMemory(old) + residentMemory(started());
  await drained;
  return memory;
}

/** Returns 0 for a process that has just ended. */
function residentMemory(pid: number): number {
  try {
    return residentMegabytes(pid);
  } catch {
    return 0;
  }
}

/** From the save of the file to the new generation serving, and to a live key being in force. */
async function measureSaves(): Promise<Row[]> {
  const daemon = new Daemon(echo);
  await daemon.startUp();
  try {
    const live: number[] = [];
    const whole: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      live.push(await saveTime(daemon, ['"turns":', `"message":"${100 + n}kb","turns":`], 'config:applied'));
      const host = n % 2 === 0 ? ['127.0.0.1:0', 'localhost:0'] : ['localhost:0', '127.0.0.1:0'];
      const drained = daemon.waitForLog(({ msg }) => msg === 'generation:drained');
      whole.push(await saveTime(daemon, host, 'generation:serving'));
      await drained;
    }
    return [
      saveRow('a saved key of the class handover: the new generation serves', median(whole), 1_000),
      saveRow('a saved live key is in force', median(live), 400),
    ];
  } finally {
    await daemon.dispose();
  }
}

async function saveTime(daemon: Daemon, [from = '', to = '']: string[], event: string): Promise<number> {
  const heard = daemon.waitForLog(({ msg }) => msg === event);
  const text = readFileSync(daemon.home.config, 'utf8').replace(/"message":"\d+kb",/, '');
  const start = performance.now();
  writeFileSync(daemon.home.config, text.replace(from, to));
  await heard;
  return performance.now() - start;
}

function saveRow(what: string, value: number, limit: number): Row {
  const settle = 200;
  return {
    what,
    value: formatMillis(value),
    against: `the ${settle} ms that a save is given to settle`,
    ratio: formatRatio(value / settle),
    aim: `< ${formatMillis(limit)}`,
    met: value < limit,
  };
}
