import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';
import type { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { followAcrossRestarts, retryUntilAccepted } from './patience.ts';
import { createScriptedAgent, createTestDaemon } from './stage.ts';

const SECOND = 1_000;
const SESSION = 'schedule/tick';
/** An upper bound of writes, far more than any test makes until it is killed. */
const BOUND = 40;

const ticking = (missed: unknown) => ({
  ...createScriptedAgent([{ text: 'Done.' }]),
  schedules: { tick: { every: '1s', message: 'Tick.', missed } },
  limits: { crashAttempts: 20 },
});

describe.concurrent('[H2] a schedule of every second, in a daemon that is killed', () => {
  it('at random fires no slot twice, and reports every slot that it loses', async (t) => {
    const daemon = createTestDaemon(t, ticking('run'));
    await daemon.startUp();
    let slots = 0;
    for (let kill = 1; kill <= 6; kill += 1) {
      slots += 1 + Math.floor(Math.random() * 3);
      await untilReceived(daemon, SESSION, slots);
      if (kill % 3 !== 0) await daemon.killGeneration();
      else {
        await daemon.killAll();
        await daemon.startUp();
      }
    }
    await checkSlots(daemon, await untilReceived(daemon, SESSION, slots + 3), 'killed at random');
  });

  for (const point of ['before', 'after'] as const) {
    it(`${point} every write fires no slot twice, and reports every slot that it loses`, async (t) => {
      for (let write = 1; write <= 6; write += 1) {
        const daemon = await upUntilKilled(t, ticking('skip'), point, write);
        const events = await untilReceived(daemon, SESSION, 3);
        await checkSlots(daemon, events, `killed ${point} write ${write}`);
        expect(existsSync(latchOf(daemon)), `write ${write}`).toBe(true);
        await daemon.dispose();
      }
    });

    it(`${point} every write delivers a reminder once`, async (t) => {
      const config = createScriptedAgent([
        { tools: [{ name: 'remind', input: { text: 'look again', in: '1s' } }] },
        { text: 'I will.' },
        { text: 'You said: {input}' },
      ]);
      for (let write = 1; write <= BOUND; write += 1) {
        const daemon = await upUntilKilled(t, config, point, write);
        await retryUntilAccepted(() => daemon.client.sendMessage('s', { id: 'a', text: 'Remind me.' }));
        const events = await until(daemon, 's', (seen) => count(seen, 'turn_finished') === 2);
        const where = `killed ${point} write ${write}`;
        checkJournal(events, where);
        expect(received(events), where).toEqual(['a', expect.stringMatching(/^midturn:reminder:/)]);
        const { messages } = await retryUntilAccepted(() => daemon.client.readTranscript('s'));
        expect(messages.at(-1)?.text, where).toBe('You said: [reminder] look again');
        expect((await retryUntilAccepted(() => daemon.client.listReminders())).reminders, where).toEqual([]);
        const killed = existsSync(latchOf(daemon));
        await daemon.dispose();
        if (!killed) {
          expect(write).toBeGreaterThan(6);
          return;
        }
      }
      throw new Error(`it still writes after ${BOUND} writes`);
    });
  }
});

it('[H2] a restart in the middle fires no slot twice and loses none', async (t) => {
  const daemon = createTestDaemon(t, ticking('skip'));
  await daemon.startUp();
  for (let restart = 1; restart <= 3; restart += 1) {
    await untilReceived(daemon, SESSION, 2 * restart);
    const serving = daemon.waitForLog(({ msg }) => msg === 'generation:serving');
    await daemon.client.restart('a test');
    await serving;
  }
  await checkSlots(daemon, await untilReceived(daemon, SESSION, 8), 'restarted');
});

it('[H2] a pause outlives the daemon', async (t) => {
  const daemon = createTestDaemon(t, ticking('run'));
  await daemon.startUp();
  await untilReceived(daemon, SESSION, 1);
  await daemon.client.pauseSchedule('tick', true);
  const { events } = await daemon.client.readEvents(SESSION, { limit: 1000 });
  await daemon.killAll();
  await daemon.startUp();
  expect((await daemon.client.listSchedules()).schedules).toMatchObject([{ paused: true, next: null }]);
  const asked = await daemon.client.runSchedule('tick', 'once');
  const later = await until(daemon, SESSION, (seen) => received(seen).includes(asked.input));
  expect(received(later).slice(received(events).length)).toEqual(['midturn:tick@run:once']);
  await daemon.client.pauseSchedule('tick', false);
  await untilReceived(daemon, SESSION, received(later).length + 1);
  expect((await daemon.client.listSchedules()).schedules[0]?.missed).toEqual([]);
});

/** Runs a daemon until it is killed at this write, and starts it again. */
async function upUntilKilled(t: TestContext, config: object, point: string, write: number): Promise<Daemon> {
  const daemon = createTestDaemon(t, config);
  await daemon.startUp({
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_KILL_AT_WRITE: String(write),
    MIDTURN_TEST_KILL_POINT: point,
    MIDTURN_TEST_KILL_LATCH: latchOf(daemon),
  });
  return daemon;
}

function latchOf({ home }: Daemon): string {
  return join(home.root, 'killed');
}

/** Checks that every second from the first slot to the last either fired once or was reported as missed. */
async function checkSlots({ client }: Daemon, events: WireEvent[], where: string): Promise<void> {
  checkJournal(events, where);
  const { schedules } = await retryUntilAccepted(() => client.listSchedules());
  const slots = received(events);
  expect(new Set(slots).size, where).toBe(slots.length);
  const fired = slots.map((slot) => Date.parse(slot.replace('midturn:tick@', '')));
  const missed = schedules.flatMap(({ missed: gaps }) => gaps.flatMap(secondsOf));
  const last = Math.max(...fired);
  const seen = [...fired, ...missed].filter((second) => second <= last).sort((a, b) => a - b);
  const [first = 0] = seen;
  const all = Array.from({ length: (last - first) / SECOND + 1 }, (_, index) => first + index * SECOND);
  expect(seen, where).toEqual(all);
}

function secondsOf({ first, last, count }: { first: number; last: number; count: number }): number[] {
  expect(count).toBe((last - first) / SECOND + 1);
  return Array.from({ length: count }, (_, index) => first + index * SECOND);
}

/** Returns the ids of the received inputs, in order. */
function received(events: WireEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
}

function count(events: WireEvent[], type: WireEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

function untilReceived(daemon: Daemon, session: string, inputs: number): Promise<WireEvent[]> {
  return until(daemon, session, (events) => received(events).length >= inputs);
}

/** Returns every event up to the one with which the condition holds, across restarts. */
async function until(
  { client }: Daemon,
  session: string,
  holds: (events: WireEvent[]) => boolean,
): Promise<WireEvent[]> {
  // The session does not exist before its first input.
  for (let found = false; !found; ) {
    const { sessions } = await retryUntilAccepted(() => client.listSessions({ prefix: session }));
    found = sessions.length > 0;
    if (!found) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const events: WireEvent[] = [];
  for await (const event of followAcrossRestarts(client, session)) {
    events.push(event);
    if (holds(events)) break;
  }
  return events;
}
