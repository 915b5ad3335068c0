import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { setValueAt } from '../../../src/config/revisions/edit.ts';
import { waitForLogLine } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { byRename, inPlace } from '../../support/saves.ts';
import { soon, textOf, upWithGood } from './stage.ts';

/** Milliseconds between two writes, but for those that are left alone until the daemon has read them; and how many there are. */
const EVERY = 50;
const WRITES = 100;
const SEED = Number(process.env['MIDTURN_TEST_SEED'] ?? 7);

/** A configuration that has something of everything. */
const WHOLE = {
  auth: { tokens: ['a-token-that-is-long-enough'] },
  providers: {
    far: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'a-key-of-no-use' },
    scripted: { type: 'scripted', scripts: { main: [{ text: 'Heard {input}.' }] } },
  },
  agents: {
    main: { model: 'scripted/main', instructions: 'Be brief.', tools: { shell: 'ask' } },
    other: { model: 'far/model', limits: { toolOutput: '1kb' } },
  },
  defaultAgent: 'main',
  tools: { files: { roots: ['work'] }, http: { allow: ['*'] } },
  limits: { message: '64kb', turns: 5 },
  handover: { trial: '0ms', drainCap: '60s' },
};
const TEXT = textOf(WHOLE);

it(`[E7] whatever is written into the file, twenty times a second, every request is answered, and the last good content runs (MIDTURN_TEST_SEED=${SEED})`, async (t) => {
  const daemon = await upWithGood(t, WHOLE);
  const { client, home } = daemon;
  const over = new AbortController();
  const failures: unknown[] = [];
  const probers = [
    probe(() => client.getStatus()),
    probe((count) => client.sendMessage(`s/${count}`, { text: 'hi' })),
    probe(() => client.config.show()),
  ];

  const texts = fc.sample(content, { numRuns: WRITES, seed: SEED });
  for (const [index, text] of texts.entries()) {
    const from = daemon.log.length;
    (index % 2 === 0 ? inPlace : byRename)(home.config, text);
    if (index % 8 === 7) await waitForLogLine(daemon, { msg: 'config:looked' }, from);
    else await delay(EVERY);
  }
  byRename(home.config, textOf({ ...WHOLE, limits: { turns: 77 } }));
  await soon(t, async () => {
    const { mode, reasons, config } = await client.getStatus();
    const { current } = await client.config.listRevisions();
    const { source } = await client.config.getRevision(current);
    return { mode, reasons, config, good: source.includes('"turns": 77') };
  }).toEqual({ mode: 'normal', reasons: [], config: { problem: null }, good: true });
  // What can be used at once was; the handover that the rest needs may be under way.
  await soon(t, async () => String(generationsOf(daemon)) === String(daemon.generationPid)).toBe(true);
  over.abort();
  const counts = await Promise.all(probers);

  expect(failures).toEqual([]);
  expect(Math.min(...counts)).toBeGreaterThan(20);
  expect(daemon.log.filter(({ msg }) => msg === 'generation:crashed')).toEqual([]);
  expect(await client.sendAndWait('last', { text: 'this' }, 30)).toMatchObject({ text: 'Heard this.' });

  /** Sends requests in a loop; a request without a response is a failure. Resolves with the number of requests. */
  async function probe(ask: (count: number) => Promise<unknown>): Promise<number> {
    for (let count = 0; ; count += 1) {
      if (over.signal.aborted) return count;
      await ask(count).catch((error) => failures.push(error));
    }
  }
});

/** Valid ones of both classes, broken ones, and what may be either. */
const content = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 60 }).map((turns) => setValueAt(TEXT, 'limits.turns', turns)) },
  { weight: 1, arbitrary: fc.constantFrom('localhost:0', '127.0.0.1:0', '127.0.0.2:0').map(listening) },
  { weight: 1, arbitrary: fc.string().map((words) => setValueAt(TEXT, 'agents.main.instructions', words)) },
  {
    weight: 2,
    arbitrary: fc.tuple(paths(), fc.jsonValue()).map(([path, value]) => setValueAt(TEXT, path, value)),
  },
  { weight: 1, arbitrary: paths().map((path) => setValueAt(TEXT, path, undefined)) },
  { weight: 1, arbitrary: fc.nat({ max: TEXT.length }).map((end) => TEXT.slice(0, end)) },
  { weight: 2, arbitrary: fc.tuple(fc.nat({ max: TEXT.length }), fc.nat({ max: 9 }), scrap()).map(spliced) },
);

function listening(listen: string): string {
  return setValueAt(TEXT, 'listen', listen);
}

/** Of every key that the configuration has; none of them makes a generation listen to others. */
function paths() {
  return fc.constantFrom(...pathsOf(WHOLE, ''));
}

function pathsOf(value: object, at: string): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return isGroup ? [path, ...pathsOf(inner, path)] : [path];
  });
}

function scrap() {
  return fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom('\0', '\ufeff', '{', '}', '"', ',', '//', '/*'),
  );
}

function spliced([start, length, text]: [number, number, string]): string {
  return TEXT.slice(0, start) + text + TEXT.slice(start + length);
}

/** The processes of all generations that were ever started and still are. */
function generationsOf({ log }: Daemon): unknown[] {
  return log.filter(({ msg, pid }) => msg === 'generation:started' && isAlive(pid)).map(({ pid }) => pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
