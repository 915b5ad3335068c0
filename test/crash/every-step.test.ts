import { mkdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { CountingServer } from '../support/counting-server.ts';
import { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { type Played, playOn } from './playing.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { scenarios } from './scenarios.ts';
import { waitForLogLine } from './stage.ts';

describe('generations that hand over at every step', () => {
  for (const scenario of scenarios) {
    it.concurrent(`[C2] [D5] ${scenario.proves} end ${scenario.name} as one would`, async ({ expect }) => {
      const world = await CountingServer.start();
      try {
        const undisturbed = await play(scenario, world);
        for (const write of writesOf(scenario)) {
          const chain = await play(scenario, world, write);
          const where = `a handover after write ${write} of each generation`;
          expect(chain.handovers, where).toBeGreaterThan(0);
          expect(chain.conversation, where).toEqual(undisturbed.conversation);
          for (const [name, count] of undisturbed.counts) {
            expect(chain.counts.get(name), `${where}: ${name}`).toBe(count);
          }
          checkJournal(chain.events, where);
        }
      } finally {
        await world.stop();
      }
    });
  }
});

/**
 * The write after which each generation drains: the first, or the second to reach other steps. A draining generation
 * releases a resumed job at once, so the generation that starts the job must stay for a while.
 */
function writesOf({ atMost }: Scenario): number[] {
  return 'job' in atMost ? [2, 3] : [1, 2];
}

async function play(
  scenario: Scenario,
  world: CountingServer,
  write?: number,
): Promise<Played & { handovers: number }> {
  world.resetCounts();
  const daemon = new Daemon(scenario.config(world));
  const folder = join(daemon.home.root, 'held');
  mkdirSync(folder);
  const fault = {
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_HOLD_AT_WRITE: String(write ?? 0),
    MIDTURN_TEST_HOLD_FOLDER: folder,
  };
  const over = new AbortController();
  const handingOver = handOverWhenHeld(daemon, folder, over.signal);
  try {
    await daemon.startUp(fault);
    const played = await playOn(daemon, scenario, world);
    over.abort();
    return { ...played, handovers: await handingOver };
  } finally {
    over.abort();
    await daemon.dispose();
  }
}

/** Makes every generation that is held after a write drain; resolves with their number when the scenario is over. */
async function handOverWhenHeld(daemon: Daemon, folder: string, over: AbortSignal): Promise<number> {
  const held = new Set<string>();
  const watching = watch(folder, { signal: over });
  watching.on('error', () => {});
  return new Promise((resolve, reject) => {
    over.addEventListener('abort', () => resolve(held.size));
    watching.on('change', (_, name) => {
      const pid = String(name);
      if (pid.endsWith('.go') || held.has(pid)) return;
      held.add(pid);
      giveWay(daemon, join(folder, pid), Number(pid)).catch((error) => over.aborted || reject(error));
    });
  });
}

/** Requests a restart, and lets the held write finish when the generation drains. */
async function giveWay(daemon: Daemon, file: string, pid: number): Promise<void> {
  const { generation } = await waitForLogLine(daemon, { msg: 'generation:said', type: 'ready', pid });
  await daemon.client.restart('the test');
  await waitForLogLine(daemon, { msg: 'generation:draining', generation });
  writeFileSync(`${file}.go`, '');
}
