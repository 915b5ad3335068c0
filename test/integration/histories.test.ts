import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { foldEvents } from '../../src/core/evolve.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import type { TranscriptMessage } from '../../src/sessions/sessions.ts';
import { type Engine, startEngine, testTool } from '../support/engine.ts';
import { createRandom } from '../support/random.ts';
import { recallModel, stepsOf } from '../support/recall.ts';

const SESSION = 'long';
const WINDOW = 2_000;
/** Messages that wait in the session at once. */
const AHEAD = 5;

const look = testTool('look', () => 'seen '.repeat(120), { effect: () => 'read' });

const model = recallModel({ counts: true });

function begin(journal: Journal): Promise<Engine> {
  return startEngine({
    journal,
    tools: [look],
    agent: {
      limits: { modelAttempts: 3, crashAttempts: 1_000, parallelTools: 1, delegateDepth: 1, children: 1 },
      compaction: { window: WINDOW, limit: WINDOW * 0.8, keepTurns: 4, model: 'recall/recall' },
    },
    ports: { models: { get: () => model, concurrency: () => 100 } },
  });
}

/** Generations one after the other, each of which may end at any write of the journal, without any farewell. */
class Daemon {
  kills = 0;
  readonly #journal: Journal;
  #now: Promise<Engine>;

  constructor(journal: Journal, dies: () => boolean) {
    this.#journal = journal;
    const append = journal.append.bind(journal);
    journal.append = async (batch) => {
      if (dies()) this.#kill();
      await append(batch);
      if (dies()) this.#kill();
    };
    this.#now = begin(journal);
  }

  get now(): Promise<Engine> {
    return this.#now;
  }

  #kill(): void {
    this.kills += 1;
    this.#now = this.#next(this.#now);
  }

  async #next(before: Promise<Engine>): Promise<Engine> {
    (await before).runner.close();
    const engine = await begin(this.#journal);
    await this.#journal.endEarlierGenerations(engine.engine.generation, []);
    await engine.resumeSessions();
    return engine;
  }
}

/** Sends this many messages and waits for the answer to each. */
async function converse(daemon: Daemon, messages: number): Promise<TranscriptMessage[]> {
  const open: Promise<unknown>[] = [];
  for (let number = 1; number <= messages; number += 1) {
    const text = `message ${number}: ${'x'.repeat(100)}`;
    const { sessions } = await daemon.now;
    const { input, seq } = await sessions.sendMessage(SESSION, { id: `m${number}`, text, mode: 'queue' });
    open.push(sessions.waitForOutcome(SESSION, input, seq, new AbortController().signal));
    if (open.length >= AHEAD) await open.shift();
  }
  await Promise.all(open);
  return (await daemon.now).sessions.readTranscript(SESSION, 0, 100_000);
}

function said(transcript: readonly TranscriptMessage[]) {
  return transcript.filter(({ role }) => role !== 'system').map(({ role, text }) => [role, text]);
}

/** What is said when nothing happens on the way. */
function expected(messages: number): string[][] {
  return Array.from({ length: messages }, (_, index) => index + 1).flatMap((number) => [
    ['user', `message ${number}: ${'x'.repeat(100)}`],
    ...Array.from({ length: stepsOf(number) }, () => [
      ['assistant', ''],
      ['tool', 'seen '.repeat(120)],
    ]).flat(),
    ['assistant', `I know ${number} messages.`],
  ]);
}

async function onDisk({ onTestFinished }: TestContext): Promise<Journal> {
  const folder = mkdtempSync(join(tmpdir(), 'midturn-histories-'));
  const journal = await openSqliteJournal(join(folder, 'journal.db'));
  onTestFinished(async () => {
    await journal.close();
    rmSync(folder, { recursive: true });
  });
  return journal;
}

describe('a conversation that is much longer than the window of its model', () => {
  it('[B8] is compacted whenever it comes near the end of the window, and nothing is forgotten', async () => {
    const journal = createMemoryJournal();
    const daemon = new Daemon(journal, () => false);
    const transcript = await converse(daemon, 2_000);
    expect(said(transcript)).toEqual(expected(2_000));
    const { events } = await journal.loadSession(SESSION);
    const state = foldEvents(events);
    expect(state.size.estimate).toBeLessThan(WINDOW);
    expect(JSON.stringify(state).length).toBeLessThan(WINDOW * 10);
    expect(model.longest).toBeLessThan(WINDOW);
    const summaries = transcript.filter(({ role, replaces }) => role === 'system' && replaces !== undefined);
    expect(summaries.filter(({ text }) => text.startsWith('messages 1 to')).length).toBeGreaterThan(100);
    expect(summaries.filter(({ text }) => text.startsWith('steps')).length).toBeGreaterThan(20);
  });

  it('[B8] ends like an undisturbed one, wherever its process is killed', async () => {
    await endsUndisturbed(createMemoryJournal(), 2_000, 0.02);
  });

  it('[B8] does so on disk too', async (t) => {
    await endsUndisturbed(await onDisk(t), 300, 0.05);
  });
});

async function endsUndisturbed(journal: Journal, messages: number, rate: number): Promise<void> {
  const seed = Number(process.env['MIDTURN_TEST_SEED'] ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  const daemon = new Daemon(journal, () => random() < rate);
  const where = `MIDTURN_TEST_SEED=${seed}`;
  expect(said(await converse(daemon, messages)), where).toEqual(expected(messages));
  expect(daemon.kills, where).toBeGreaterThan(10);
}
