import { join } from 'node:path';
import { foldEvents } from '../src/core/evolve.ts';
import type { RecordedEvent, SessionEvent } from '../src/core/model/events.ts';
import { createTextContent } from '../src/core/model/message.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';
import { type Bench, formatMillis, formatRatio, median, onDisk, type Row } from './measure.ts';

const TRIES = 50;

/**
 * What it costs to take up a session: claim it, read it, fold it. The long session's early history was compacted
 * into a summary, as it is in life, where the model's context window bounds what a session carries along; the third
 * line shows what one costs that was never compacted. Each has about as many events after its snapshot as can be.
 */
export const resume: Bench = {
  name: 'resume',
  run: () =>
    onDisk(async (folder) => {
      const journal = await openSqliteJournal(join(folder, 'journal.db'));
      const generation = await journal.openGeneration({ version: 'bench', pid: process.pid });
      const cost = async (session: string, turns: number, compact: boolean) => {
        await writeHistory(journal, generation, session, turns, compact);
        return resumeSession(journal, generation, session);
      };
      const short = await cost('short', 24, false);
      const long = await cost('long', 2_499, true);
      const whole = await cost('whole', 2_499, false);
      await journal.close();
      return [resumeRow('compacted', long, short, 2), resumeRow('never compacted', whole, short, 25)];
    }),
};

function resumeRow(which: string, value: number, short: number, aim: number): Row {
  const ratio = value / short;
  return {
    what: `take up a session with 10,000 events, ${which}`,
    value: formatMillis(value),
    against: `one with 100 events: ${formatMillis(short)}`,
    ratio: formatRatio(ratio),
    aim: `≤ ${formatRatio(aim)}`,
    met: ratio <= aim,
  };
}

async function resumeSession(journal: Journal, generation: number, session: string): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < TRIES; n += 1) {
    const start = performance.now();
    await journal.claimSession(session, generation);
    const { snapshot, events } = await journal.loadSession(session);
    foldEvents(events, snapshot);
    taken.push(performance.now() - start);
  }
  return median(taken);
}

/** Turns of four events each; snapshots are made as the runner makes them. */
async function writeHistory(
  journal: Journal,
  generation: number,
  session: string,
  turns: number,
  compact: boolean,
): Promise<void> {
  const input = (turn: number) =>
    ({
      kind: 'message',
      id: `m${turn}`,
      content: createTextContent('x'.repeat(200)),
      mode: 'steer',
    }) as const;
  await journal.deliver({ session, agent: 'main', input: input(1), at: 1 });
  await journal.claimSession(session, generation);
  const events: RecordedEvent[] = [];
  const add = (event: SessionEvent) => events.push({ ...event, seq: events.length + 1, at: 1 });
  for (let turn = 1; turn <= turns; turn += 1) {
    add({ type: 'input_received', input: input(turn) });
    add({ type: 'turn_started', turn, inputs: [`m${turn}`] });
    add({
      type: 'model_call_finished',
      step: turn,
      content: [{ type: 'text', text: 'y'.repeat(400) }],
      finish: 'stop',
    });
    add({ type: 'turn_finished', turn, inputs: [`m${turn}`], outcome: 'answered' });
    if (compact && turn % 25 === 0)
      add({
        type: 'history_compacted',
        step: turn,
        summary: 'z'.repeat(400),
        from: 0,
        dropped: turn === 25 ? 2 : 51,
      });
  }
  await journal.append({ session, generation, events, consumed: [], status: 'idle', wakeAt: null });
  const snapshotAt = events.length - (events.length % 100);
  if (snapshotAt > 0) await journal.saveSnapshot(session, foldEvents(events.slice(0, snapshotAt)));
}
