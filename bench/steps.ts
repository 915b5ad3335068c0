import { join } from 'node:path';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';
import type { Script } from '../src/models/scripted/script.ts';
import { startEngine, testTool } from '../test/support/engine.ts';
import { type Bench, onDisk, perSecond, type Row, rate, times } from './measure.ts';
import { bareCommits, rawAppends } from './raw.ts';

/** Durable steps of the whole runner: scripted model without latency, a tool that returns 1 kB, every step fsynced. */
export const steps: Bench = {
  name: 'steps',
  run: () =>
    onDisk(async (folder) => {
      const bare = bareCommits(folder, 1);
      const bareMany = bareCommits(folder, 100);
      // On both sides, as the disk changes its mind from minute to minute.
      const before = rawAppends(folder);
      const one = await stepsPerSecond(join(folder, 'one'), 1, 6_000);
      const raw = (before + rawAppends(folder)) / 2;
      const many = await stepsPerSecond(join(folder, 'many'), 100, 100_000);
      return [
        row('durable steps, 1 session', one, 'fdatasync of 1 kB', raw, 0.5),
        row('durable steps, 1 session', one, 'bare node:sqlite commits', bare, 0.5),
        row('durable steps, 100 sessions', many, 'bare node:sqlite, 100 rows a commit', bareMany, 0.3),
      ];
    }),
};

function row(what: string, { value, processor }: Speed, name: string, against: number, aim: number): Row {
  const ratio = value / against;
  return {
    what,
    value: `${rate(value)} (${processor.toFixed(0)} µs of processor time each)`,
    against: `${name}: ${rate(against)}`,
    ratio: times(ratio),
    aim: `≥ ${times(aim)}`,
    met: ratio >= aim,
  };
}

interface Speed {
  /** Steps per second. */
  value: number;
  /** Microseconds of a step on both threads; unlike the speed it says something on a busy machine too. */
  processor: number;
}

/** A step is one model call or one tool call; both have their events on disk before the next one begins. */
async function stepsPerSecond(folder: string, sessions: number, total: number): Promise<Speed> {
  const calls = Math.floor(total / sessions / 2);
  const output = 'x'.repeat(1000);
  const script: Script = [
    ...Array.from({ length: calls }, () => ({ tools: [{ name: 'kilobyte', input: {} }] })),
    { text: 'done' },
  ];
  const journal = await openSqliteJournal(join(folder, 'journal.db'));
  const finished = Promise.withResolvers<void>();
  let open = sessions;
  const engine = await startEngine({
    journal,
    script,
    tools: [testTool('kilobyte', () => output)],
    concurrency: sessions,
    settings: { turns: sessions },
    ports: {
      report: (event) => {
        if (event === 'turn:finished') open -= 1;
        if (open === 0) finished.resolve();
      },
    },
  });
  const start = performance.now();
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: sessions }, (_, n) => engine.sessions.send(`s${n}`, { text: 'go' })),
  );
  await finished.promise;
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  engine.runner.close();
  await journal.close();
  const count = (calls * 2 + 1) * sessions;
  return { value: perSecond(count, elapsed), processor: (user + system) / count };
}
