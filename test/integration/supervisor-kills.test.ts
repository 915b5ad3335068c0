import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, it, type TestContext } from 'vitest';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import { readSupervisorStatus } from '../../src/supervisor/host/status-file.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';
import { type Behaviour, configFor } from '../fixtures/generations/behaviour.ts';
import { fixtureUrl, getAnswer, getJson, LogEvents } from './supervisor-harness.ts';

const KEYS = { handover: { drainCap: '2s', modelGrace: '0ms', toolGrace: '0ms' } };

/**
 * Moments of a restart: which message of which generation marks it, and how the candidate must behave so that it
 * lasts.
 */
const moments = {
  'while the candidate boots': { until: 'generation:started', behaviour: 'hangs-at-boot' },
  'while the candidate is probed': { until: 'ready', behaviour: 'never-answers-health-checks' },
  'before the candidate serves': { until: 'ready', behaviour: 'hangs-before-serving' },
  'while the old generation drains': { until: 'left', behaviour: 'never-drains' },
} as const satisfies Record<string, { until: string; behaviour: Behaviour }>;

const victims = ['candidate', 'old', 'supervisor', 'candidate and old', 'everything'] as const;

const cases = Object.entries(moments).flatMap(([moment, how]) =>
  victims.map((victim) => ({ moment, victim, ...how })),
);

type Kill = (typeof cases)[number];

describe.concurrent('[J2] kill -9 in a restart', () => {
  for (const kill of cases) {
    it(`of ${kill.victim} ${kill.moment}: one supervisor and one generation serve afterwards`, (t) =>
      survives(t, kill));
  }
});

async function survives(t: TestContext, { victim, until, behaviour }: Kill): Promise<void> {
  const home = homeFor(t);
  const daemon = await up(t, home);
  const old = await getAnswer(home.socket);
  writeFileSync(home.config, configFor([behaviour], KEYS));
  void getJson(home.socket, '/ask/restart').catch(() => {});
  const candidate = await candidateAt(daemon, old.pid, until);
  writeFileSync(home.config, configFor([], KEYS));

  const supervisorDies = victim === 'supervisor' || victim === 'everything';
  if (supervisorDies) daemon.process.kill('SIGKILL');
  if (dies(victim, 'candidate')) killNow(candidate);
  if (dies(victim, 'old')) killNow(old.pid);
  if (supervisorDies) await once(daemon.process, 'exit');
  const now = supervisorDies ? await up(t, home) : daemon;

  await t.expect.poll(() => settled(home), { timeout: 30_000 }).toBe(true);
  const answer = await getAnswer(home.socket);
  t.expect(readSupervisorStatus(home)).toMatchObject({ pid: now.process.pid, generationPid: answer.pid });
  t.expect(supervisorDies && [old.pid, candidate].includes(answer.pid)).toBe(false);
  const others = [old.pid, candidate].filter((pid) => pid !== answer.pid);
  await t.expect.poll(() => others.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  await now.stop();
}

function dies(victim: string, who: string): boolean {
  return victim === 'everything' || victim.includes(who);
}

function homeFor({ onTestFinished }: TestContext): Home {
  const root = mkdtempSync(join(tmpdir(), 'midturn-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const home = resolveHome(root);
  writeFileSync(home.config, configFor(['never-drains'], KEYS));
  return home;
}

/** Checks that one generation serves and that no report is unfinished. */
function settled(home: Home): boolean {
  const { generations = [] } = readSupervisorStatus(home) ?? {};
  const [only] = generations;
  const reports = listHandoverReports(home).every(({ phase }) => phase === 'done' || phase === 'failed');
  return generations.length === 1 && only?.state === 'serving' && isAlive(only.pid ?? 0) && reports;
}

/** Resolves with the process id of the restart's candidate once the moment has come. */
async function candidateAt({ events }: Daemon, old: number, until: string): Promise<number> {
  for (;;) {
    const { pid } = await events.next('generation:started');
    if (typeof pid !== 'number' || pid === old) continue;
    if (until === 'left') await events.next('generation:said', { type: until, pid: old });
    else if (until !== 'generation:started') await events.next('generation:said', { type: until, pid });
    return pid;
  }
}

interface Daemon {
  process: ChildProcess;
  events: LogEvents;
  stop(): Promise<void>;
}

/** Starts a supervisor in its own process and waits until it serves; it is killed when the test has finished. */
async function up({ onTestFinished }: TestContext, home: Home): Promise<Daemon> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(fixtureUrl('run-supervisor')), 'up', '--home', home.root],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const events = new LogEvents();
  createInterface(child.stdout).on('line', (line) => events.addEntry(JSON.parse(line)));
  await events.nextSaid('serving');
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { process: child, events, stop };
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
