import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CountingServer } from '../support/counting-server.ts';
import { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { type Line, type Played, playOn } from './playing.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { crashScenarios } from './scenarios.ts';

/** An upper bound of writes, far more than any scenario makes. */
const BOUND = 60;

describe('a daemon that is killed at every write of its journal', () => {
  for (const scenario of crashScenarios) {
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

/** Kills at write 1, 2, 3 … until a run is no longer killed; returns the number of killed runs. */
async function killAtEvery(
  scenario: Scenario,
  world: CountingServer,
  point: 'before' | 'after',
  undisturbed: Played,
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

async function run(
  scenario: Scenario,
  world: CountingServer,
  kill?: { write: number; point: string },
): Promise<Played & { killed: boolean }> {
  world.resetCounts();
  const daemon = new Daemon(scenario.config(world));
  const latch = join(daemon.home.root, 'killed');
  const fault = {
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_KILL_AT_WRITE: String(kill?.write ?? 0),
    MIDTURN_TEST_KILL_POINT: kill?.point ?? '',
    MIDTURN_TEST_KILL_LATCH: latch,
  };
  try {
    await daemon.startUp(kill ? fault : {});
    const played = await playOn(daemon, scenario, world);
    return { ...played, killed: existsSync(latch) };
  } finally {
    await daemon.dispose();
  }
}

/** Accepts the one allowed difference: a `write` call that was cut may correctly end as unknown. */
function forgiving(undisturbed: Line[], actual: Line[]): Line[] {
  return undisturbed.map((line, index) => {
    const found = actual[index];
    return line.role === 'tool' && found?.outcome === 'unknown' ? found : line;
  });
}
