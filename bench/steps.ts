import { join } from 'node:path';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';
import type { Script } from '../src/models/providers/script.ts';
import { startEngine, testTool } from '../test/support/engine.ts';
import { type Bench, formatRate, formatRatio, onDisk, perSecond, type Row } from './measure.ts';
import { bareCommits, rawAppends } from './raw.ts';

/** Durable steps of the whole runner: scripted model without latency, a tool that returns 1 kB, every step fsynced. */
export const steps: Bench = {
  name: 'steps',
  run: () =>
    onDisk(async (folder) => {
      const bare = bareCommits(folder, 1);
      const bareMany = bareCommits(folder, 100);
      // Measured before and after, because the speed of the disk varies from minute to minute.
      const before = rawAppends(folder);
      const one = await stepsPerSecond(join(folder, 'one'), 1, 6);
      const raw = (before + rawAppends(folder)) / 2;
      const many = await stepsPerSecond(join(folder, 'many'), 100, 1);
      return [
        {
          ...stepsRow('durable steps, 1 session', one, 'fdatasync of 1 kB', raw),
          ...halfOfDisk(one.value / raw),
        },
        {
          ...stepsRow('durable steps, 1 session', one, 'bare node:sqlite commits', bare),
          aim: '',
          met: true,
        },
        {
          ...stepsRow('durable steps, 100 sessions', many, 'bare node:sqlite, 100 rows a commit', bareMany),
          ...fastEnough(many.value),
        },
      ];
    }),
};

/** Aim: the disk takes at most half of the time. */
function halfOfDisk(ratio: number): Pick<Row, 'aim' | 'met'> {
  return { aim: `≥ ${formatRatio(0.5)}`, met: ratio >= 0.5 };
}

function fastEnough(speed: number): Pick<Row, 'aim' | 'met'> {
  return { aim: `≥ ${formatRate(20_000)}`, met: speed >= 20_000 };
}

function stepsRow(
  what: string,
  { value, processor }: Speed,
  name: string,
  against: number,
): Omit<Row, 'aim' | 'met'> {
  return {
    what,
    value: `${formatRate(value)} (${processor.toFixed(0)} µs of processor time each)`,
    against: `${name}: ${formatRate(against)}`,
    ratio: formatRatio(value / against),
  };
}

interface Speed {
  /** Steps per second. */
  value: number;
  /** Microseconds of a step on both threads; unlike the speed it says something on a busy machine too. */
  processor: number;
}

/** Model calls and tool calls of each session's one turn, in pairs. */
const PAIRS = 500;

/**
 * Rounds before the measurement, because a daemon that has run for weeks has compiled code and a grown log
 * file.
 */
const WARM_UP = 2;

/**
 * `rounds` times, `sessions` new sessions run a turn at once. A step is one model call or one tool call; both have
 * their events on disk before the next one begins.
 */
async function stepsPerSecond(folder: string, sessions: number, rounds: number): Promise<Speed> {
  const output = 'x'.repeat(1000);
  const script: Script = [
    ...Array.from({ length: PAIRS }, () => ({ tools: [{ name: 'kilobyte', input: {} }] })),
    { text: 'done' },
  ];
  const journal = await openSqliteJournal(join(folder, 'journal.db'));
  let turnFinished = () => {};
  const engine = await startEngine({
    journal,
    script,
    tools: [testTool('kilobyte', () => output)],
    concurrency: sessions,
    settings: { turns: sessions },
    ports: {
      report: (event) => {
        if (event === 'turn:finished') turnFinished();
      },
    },
  });
  const run = async (names: readonly string[]) => {
    const finished = Promise.withResolvers<void>();
    let open = names.length;
    turnFinished = () => {
      open -= 1;
      if (open === 0) finished.resolve();
    };
    await Promise.all(names.map((name) => engine.sessions.sendMessage(name, { text: 'go' })));
    await finished.promise;
  };
  for (let n = 0; n < WARM_UP; n += 1) await run([`warm-up ${n}`]);
  const start = performance.now();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    await run(Array.from({ length: sessions }, (_, n) => `s${round}-${n}`));
  }
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  engine.runner.close();
  await journal.close();
  const count = (PAIRS * 2 + 1) * sessions * rounds;
  return { value: perSecond(count, elapsed), processor: (user + system) / count };
}
