import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Daemon } from '../test/support/daemon.ts';
import { ModelServer } from '../test/support/model-server.ts';
import { type Bench, formatMillis, formatRatio, type Row } from './measure.ts';

const TRIES = 9;

/** Milliseconds of one round; every round measures all of them, so that the load is the same for each. */
interface Times {
  /** `node -e 0`, from spawn to exit: the shortest life of a process. */
  bare: number;
  up: number;
  /** `kill -9` of the generation, and of every process, until the next model request. */
  generation: number;
  everything: number;
}

/** Start and recovery as an outside observer sees them, compared with the start of an empty Node process. */
export const startup: Bench = {
  name: 'startup',
  async run() {
    const world = await openWorld();
    const rounds: Times[] = [];
    try {
      for (let n = 0; n < TRIES; n += 1) rounds.push(await measureRound(world, n));
    } finally {
      await world.idle.dispose();
      await world.busy.dispose();
      await world.model.close();
    }
    const least = (key: keyof Times) => Math.min(...rounds.map((times) => times[key]));
    const row = (what: string, value: number, aim: number) => startupRow(what, value, least('bare'), aim);
    return [
      row('`midturn up` until it serves', least('up'), 5),
      row('`kill -9` of the generation until the next model request', least('generation'), 4),
      row('`kill -9` of all processes and `midturn up` until the next model request', least('everything'), 6),
    ];
  },
};

/** Takes the least of all rounds, because other processes of the machine only ever add to a start. */
function startupRow(what: string, value: number, bare: number, aim: number): Row {
  return {
    what: `${what}, least of ${TRIES}`,
    value: formatMillis(value),
    against: `\`node -e 0\`: ${formatMillis(bare)}`,
    ratio: formatRatio(value / bare),
    aim: `≤ ${aim} ×`,
    met: value / bare <= aim,
  };
}

interface World {
  /** A daemon that is only started and stopped, and one whose turns are interrupted. */
  idle: Daemon;
  busy: Daemon;
  model: ModelServer;
  /** Number of requests, counted from the first, that the model leaves unanswered. */
  held: number;
}

async function openWorld(): Promise<World> {
  const world = { held: 0 };
  const model = await ModelServer.open((_, server) =>
    countRequests(server) <= world.held ? { hold: new Promise(() => {}) } : { text: 'done' },
  );
  const idle = new Daemon(model.config);
  const busy = new Daemon(model.config);
  // The first start creates the store and fills the compile cache.
  await idle.startUp();
  await idle.shutDown();
  await busy.startUp();
  return Object.assign(world, { idle, busy, model });
}

/** Each turn is one call, the first one of its session. */
function countRequests(model: ModelServer): number {
  return model.calls.get(1) ?? 0;
}

async function measureRound(world: World, round: number): Promise<Times> {
  const { idle, busy } = world;
  const bare = await measureTime(() =>
    once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit'),
  );
  const up = await measureTime(() => idle.startUp());
  await idle.shutDown();
  const generation = await measureRecovery(world, `generation-${round}`, () => busy.killGeneration());
  const everything = await measureRecovery(world, `everything-${round}`, async () => {
    await busy.killAll();
    await busy.startUp();
  });
  return { bare, up, generation, everything };
}

/**
 * Interrupts a turn during its model call; returns the time until the resumed turn calls the model again. Each turn
 * ends afterwards, so that no session is interrupted twice.
 */
async function measureRecovery(
  world: World,
  session: string,
  interrupt: () => Promise<void>,
): Promise<number> {
  const { busy, model } = world;
  const before = countRequests(model);
  world.held = before + 1;
  await busy.client.sendMessage(session, { text: 'go', id: 'go' });
  await model.waitUntil(() => countRequests(model) === before + 1);
  const interrupted = interrupt();
  const time = await measureTime(() => model.waitUntil(() => countRequests(model) === before + 2));
  await interrupted;
  await busy.client.sendAndWait(session, { text: 'go', id: 'go' }, 60);
  return time;
}

async function measureTime(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
