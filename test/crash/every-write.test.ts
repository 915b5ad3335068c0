import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';
import type { TranscriptPage } from '../../src/protocol/messages.ts';
import { CountingServer } from '../support/counting-server.ts';
import { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { everyEvent, type Scenario, SESSION, scenarios, untilAccepted } from './scenarios.ts';

/** Far more writes than any scenario makes. */
const BOUND = 60;

describe('a daemon that is killed at every write of its journal', () => {
  for (const scenario of scenarios) {
    it.concurrent(`${scenario.proves} ends ${scenario.name} as if nothing had happened`, async ({
      expect,
    }) => {
      const world = await CountingServer.start();
      try {
        const undisturbed = await run(scenario, world);
        for (const point of ['before', 'after'] as const) {
          const writes = await killAtEvery(scenario, world, point, undisturbed);
          expect(writes).toBeGreaterThan(2);
        }
      } finally {
        await world.stop();
      }
    });
  }
});

/** Kills at write 1, 2, 3 … until a run is not killed any more; returns how many were. */
async function killAtEvery(
  scenario: Scenario,
  world: CountingServer,
  point: 'before' | 'after',
  undisturbed: Run,
): Promise<number> {
  for (let write = 1; write < BOUND; write += 1) {
    const end = await run(scenario, world, { write, point });
    const where = `killed ${point} write ${write}`;
    expect(end.conversation, where).toEqual(forgiving(undisturbed.conversation, end.conversation));
    for (const [name, most] of Object.entries(scenario.atMost)) {
      expect(end.counts.get(name) ?? 0, `${where}: ${name}`).toBeLessThanOrEqual(most);
    }
    checkJournal(end.events, where);
    if (!end.killed) return write - 1;
  }
  throw new Error(`the scenario still writes after ${BOUND} writes`);
}

interface Line {
  role: string;
  call: string | undefined;
  text: string;
  outcome?: string | undefined;
}

interface Run {
  killed: boolean;
  conversation: Line[];
  events: WireEvent[];
  counts: Map<string, number>;
}

async function run(
  scenario: Scenario,
  world: CountingServer,
  kill?: { write: number; point: string },
): Promise<Run> {
  world.reset();
  const daemon = new Daemon(scenario.config(world));
  const latch = join(daemon.home.root, 'killed');
  const fault = {
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_KILL_AT_WRITE: String(kill?.write ?? 0),
    MIDTURN_TEST_KILL_POINT: kill?.point ?? '',
    MIDTURN_TEST_KILL_LATCH: latch,
  };
  try {
    await daemon.up(kill ? fault : {});
    const { client } = daemon;
    const send = (id: string, text: string, mode: 'steer' | 'queue' = 'steer') =>
      untilAccepted(() => client.send(SESSION, { id, text, mode })).then(() => {});
    const inputs = await scenario.play(send, daemon);
    const events = await untilClosed(daemon, inputs);
    const { messages } = await untilAccepted(() => client.transcript(SESSION));
    return {
      killed: existsSync(latch),
      conversation: linesOf(messages),
      events,
      counts: new Map([...world.counts, ['job', jobRuns(daemon)]]),
    };
  } finally {
    await daemon.dispose();
  }
}

/**
 * As people read it, without what the model was told of restarts; results of calls that ran side by side come in the
 * order of the calls.
 */
function linesOf(messages: TranscriptPage['messages']): Line[] {
  const said = messages.filter(({ role }) => role !== 'system');
  const lines = said.map(({ role, call, text, outcome }) => ({ role, call, text, outcome }));
  // An answer's place, then that of the call that it made: a result stays behind the answer that asked for it.
  let answer = 0;
  const placed = lines.map((line) => {
    if (!line.call) answer += 1;
    return { line, answer, call: line.call ?? '' };
  });
  placed.sort((a, b) => a.answer - b.answer || a.call.localeCompare(b.call));
  return placed.map(({ line }) => line);
}

/** How often the shell command ran, by its own count. */
function jobRuns({ home }: Daemon): number {
  const file = join(home.work, 'ran');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

/** Follows the session over every restart until each input has its outcome; returns all events. */
async function untilClosed({ client }: Daemon, inputs: string[]): Promise<WireEvent[]> {
  const open = new Set(inputs);
  const events: WireEvent[] = [];
  for await (const event of everyEvent(client, SESSION)) {
    events.push(event);
    if (event.type === 'turn_finished' || event.type === 'input_closed') {
      for (const id of event.inputs) open.delete(id);
    }
    if (open.size === 0) break;
  }
  return events;
}

/** The one allowed difference: a `write` call that was cut may end as unknown, which is the truth. */
function forgiving(undisturbed: Line[], actual: Line[]): Line[] {
  return undisturbed.map((line, index) => {
    const found = actual[index];
    return line.role === 'tool' && found?.outcome === 'unknown' ? found : line;
  });
}
