import { existsSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listHandoverReports, readHandoverReport } from '../../src/supervisor/handover/reports.ts';
import { readSupervisorStatus } from '../../src/supervisor/host/status-file.ts';
import type { HandoverReport } from '../../src/supervisor/ipc/messages.ts';
import type { Home } from '../../src/util/home.ts';
import {
  findLastState,
  getAnswer,
  getJson,
  type RunningSupervisor,
  startSupervisor,
  stopSupervisor,
} from './supervisor-harness.ts';

describe('a restart', () => {
  it('[C11] has a report as soon as it is requested, even while another handover is not done', async () => {
    const { address, events, home } = await startSupervisor(['never-drains']);
    const { pid } = await getAnswer(address);
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '2' });
    expect(readHandoverReport(home, '2')).toMatchObject({ cause: 'restart', reason: 'asked' });
    await events.next('generation:said', { type: 'serving', pid });
    await events.nextSaid('serving');
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '3' });
    expect(readHandoverReport(home, '3')).toMatchObject({
      from: 2,
      phase: 'wanted',
      phases: [{ phase: 'wanted' }],
    });
  });

  it('boots the next generation beside the old one, which drains when the next one serves', async () => {
    const { address, events, home } = await startSupervisor(['drains-slowly']);
    const first = await getAnswer(address);
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '2' });
    await events.next('generation:said', { type: 'serving', pid: first.pid });
    await events.nextSaid('serving');
    const second = await getAnswer(address);
    expect(second).toMatchObject({ generation: 2, boot: { mode: 'normal' } });
    expect(second.heard.find(({ type }) => type === 'serve')).toEqual({
      type: 'serve',
      alive: [{ generation: 1, socket: first.boot.socket }],
      served: true,
      crashed: null,
      notice: {
        id: '2',
        cause: 'restart',
        reason: 'asked',
        by: null,
        keys: [],
        revision: { from: 1, to: 1 },
      },
    });
    expect(readSupervisorStatus(home)).toMatchObject({
      generationPid: second.pid,
      generations: [
        { pid: first.pid, generation: 1, state: 'draining' },
        { pid: second.pid, generation: 2, state: 'serving' },
      ],
    });
    const { phases, ...report } = await done(events, home, '2');
    expect(report).toMatchObject({ from: 1, to: 2, failure: null, phase: 'done' });
    expect(phases.map(({ phase }) => phase)).toEqual([
      'wanted',
      'booting',
      'ready',
      'serving',
      'draining',
      'done',
    ]);
    expect(events.listEntries('generation:ended')).toMatchObject([
      { generation: 1, end: 'exited with code 0' },
    ]);
  });

  it('[C11] is reported with every active session, and the next generation learns about them', async () => {
    const { address, events, home, signals } = await startSupervisor(['has-sessions', 'drains-slowly']);
    await getAnswer(address);
    signals.emit('SIGHUP');
    const report = await done(events, home, '2');
    expect(report).toMatchObject({ cause: 'signal', reason: 'SIGHUP' });
    const number = expect.any(Number);
    expect(report.sessions).toEqual([
      { session: 'busy', state: 'moved', holding: ['model call 7'], after: number, resumedAfter: number },
      { session: 'stuck', state: 'cut', holding: ['shell (7.1)'], after: number, resumedAfter: number },
      { session: 'asking', state: 'parked', holding: ['approval'], after: number, resumedAfter: null },
    ]);
    const { heard } = await getAnswer(address);
    expect(heard.filter(({ type }) => ['left', 'moved', 'gone'].includes(type))).toEqual([
      { type: 'left', generation: 1 },
      { type: 'moved', generation: 1, session: 'busy' },
      { type: 'moved', generation: 1, session: 'stuck' },
      { type: 'gone', generation: 1 },
    ]);
    await expect.poll(async () => findLastState(await getAnswer(address))?.handover).toEqual(report);
  });

  it('[C11] stays the latest handover after a start of the daemon, which is not a handover', async () => {
    const first = await startSupervisor();
    expect(findLastState(await getAnswer(first.address))?.handover).toBeNull();
    await getJson(first.address, '/ask/restart');
    const report = await done(first.events, first.home, '2');
    expect(report).toMatchObject({ cause: 'restart', phase: 'done' });
    await stopSupervisor(first);
    const { address, home } = await startSupervisor([], { home: first.home });
    const { heard } = await getAnswer(address);
    for (const message of heard) {
      if (message.type === 'state') expect(message.state.handover).toEqual(readHandoverReport(home, '3'));
    }
    expect(readHandoverReport(home, '3')).toMatchObject({ cause: 'stop', phase: 'done' });
    await getJson(address, '/ask/restart');
    await expect
      .poll(async () => findLastState(await getAnswer(address))?.handover)
      .toMatchObject({ id: '5', cause: 'restart' });
  });

  it('reports sessions that a generation still ran when it ended as cut', async () => {
    const { address, events, home, signals } = await startSupervisor(['has-sessions', 'never-drains'], {
      keys: { handover: { drainCap: '1s', modelGrace: '0ms', toolGrace: '0ms' } },
    });
    await getAnswer(address);
    signals.emit('SIGHUP');
    const report = await done(events, home, '2');
    expect(report.sessions[1]).toMatchObject({ session: 'stuck', state: 'cut' });
    expect(events.listEntries('generation:ended')).toMatchObject([
      { end: expect.stringContaining('3000 ms') },
    ]);
  });

  it('is reported as an upgrade when the next generation has another version', async () => {
    const { address, events, home, configure } = await startSupervisor();
    await getAnswer(address);
    configure(['is-newer']);
    await getJson(address, '/ask/restart');
    const report = await done(events, home, '2');
    expect(report).toMatchObject({ cause: 'upgrade', reason: 'asked (version 1.0.0 → 2.0.0)' });
  });
});

describe('[C9] requests that come together', () => {
  it('are merged into one restart', async () => {
    const { address, events, home } = await startSupervisor();
    await getAnswer(address);
    const answers = await Promise.all(Array.from({ length: 10 }, () => getJson(address, '/ask/restart')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await done(events, home, '2');
    expect(events.listEntries('generation:started')).toHaveLength(2);
  });

  it('are not fulfilled by the start of a generation that serves already', async () => {
    const { events, home } = await startSupervisor(['is-restarted-at-once']);
    await holdUpUntilBothAreSaid(home);
    expect(await done(events, home, '2')).toMatchObject({ cause: 'restart', from: 1, to: 2 });
    expect(listHandoverReports(home)[1]).toMatchObject({ id: '1', cause: 'start', phase: 'done' });
  });

  it('while the old generation drains lead to one more restart after it', async () => {
    const { address, events, signals, exit, home } = await startSupervisor(['drains-slowly']);
    await getAnswer(address);
    signals.emit('SIGHUP');
    await events.nextSaid('serving');
    await events.nextSaid('left');
    const ids = [];
    for (let again = 0; again < 5; again += 1) ids.push(await getJson(home.socket, '/ask/restart'));
    expect(new Set(ids.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await done(events, home, '3');
    signals.emit('SIGTERM');
    await exit;
    expect(events.listEntries('generation:started')).toHaveLength(3);
    const [, third, second] = listHandoverReports(home);
    expect(third?.phases[1]?.at).toBeGreaterThanOrEqual(second?.phases.at(-1)?.at ?? Number.NaN);
  });
});

describe('[C10] a failed candidate leaves the old generation untouched:', () => {
  it.each([
    ['crashes-at-boot', 'exited with code 7'],
    ['refuses', 'exited with code 78'],
    ['hangs-at-boot', 'was killed: it did not serve within 1500 ms'],
    ['hangs-before-serving', 'was killed: it did not serve within 1500 ms'],
    ['is-unhealthy', 'was killed: its health check failed, it answered /healthz with 503'],
    [
      'never-answers-health-checks',
      'was killed: its health check failed, it did not answer /healthz within 300 ms',
    ],
    ['closes-its-channel', 'was killed: it did not serve within 1500 ms'],
  ] as const)('one that %s', async (what, end) => {
    const healthPolicy = { limit: 300, every: 60_000, failures: 9, trial: { every: 60_000, failures: 9 } };
    const { address, events, home, configure } = await startSupervisor([], {
      bootLimit: 1_500,
      healthPolicy,
    });
    const before = await getAnswer(address);
    configure([what]);
    await getJson(address, '/ask/restart');
    expect(await events.next('handover:failed')).toMatchObject({
      handover: '2',
      failure: `the new generation ${end}`,
    });
    const report = readHandoverReport(home, '2');
    expect(report).toMatchObject({ phase: 'failed', failure: `the new generation ${end}`, from: 1 });
    const after = await getAnswer(address);
    expect(after.pid).toBe(before.pid);
    expect(after.heard.some(({ type }) => type === 'drain')).toBe(false);
    await expect.poll(async () => findLastState(await getAnswer(address))?.handover).toEqual(report);
    expect(readSupervisorStatus(home)?.generations).toHaveLength(1);
    configure([]);
    await getJson(address, '/ask/restart');
    await done(events, home, '3');
    expect((await getAnswer(address)).pid).not.toBe(before.pid);
  });
});

describe('[C1] five handovers under load', () => {
  it('refuse and cut no request, over keep-alive and over new connections', async () => {
    const { address, events, signals, home } = await startSupervisor();
    await getAnswer(address);
    const load = new Load(address);
    for (let id = 2; id <= 6; id += 1) {
      signals.emit('SIGHUP');
      await done(events, home, String(id));
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.generations).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(load.answered).toBeGreaterThan(500);
  });
});

it('an old generation that is suspended (SIGSTOP) delays the daemon only for its budget', async () => {
  const keys = { handover: { drainCap: '1s', modelGrace: '0ms', toolGrace: '0ms' } };
  const { address, events, signals, home } = await startSupervisor([], { keys });
  const first = await getAnswer(address);
  process.kill(first.pid, 'SIGSTOP');
  const started = performance.now();
  signals.emit('SIGHUP');
  expect(await done(events, home, '2')).toMatchObject({ from: 1, to: 2 });
  expect(performance.now() - started).toBeLessThan(6_000);
  expect((await getAnswer(address)).generation).toBe(2);
});

/** Resolves with the report of the handover when it is done. */
async function done(
  events: RunningSupervisor['events'],
  home: RunningSupervisor['home'],
  id: string,
): Promise<HandoverReport> {
  await events.next('handover:done', { handover: id });
  const report = readHandoverReport(home, id);
  if (!report) throw new Error(`there is no report ${id}`);
  return report;
}

/** Ten clients that keep their connection, and ten that open a new one for each request. */
class Load {
  readonly failures: string[] = [];
  readonly generations = new Set<number>();
  answered = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 10 });
  readonly #clients: Promise<unknown>;
  #more = true;

  constructor(address: string) {
    const client = async (keep: boolean) => {
      while (this.#more) await this.#ask(address, keep).catch((error) => this.failures.push(String(error)));
    };
    this.#clients = Promise.all(Array.from({ length: 20 }, (_, index) => client(index % 2 === 0)));
  }

  async stop(): Promise<void> {
    this.#more = false;
    await this.#clients;
    this.#agent.destroy();
  }

  async #ask(address: string, keep: boolean): Promise<void> {
    const [host, port] = address.split(':');
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const sent = request({ host, port, path: '/who', agent: keep ? this.#agent : false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (data) => (body += data));
      response.on('end', () => resolve(body)).on('error', reject);
    });
    sent.on('error', reject).end();
    this.generations.add(Number(await promise));
    this.answered += 1;
  }
}

/**
 * Blocks this process, in which the supervisor runs, until both messages have been sent, so that "I serve" and the
 * restart request are read together.
 */
async function holdUpUntilBothAreSaid({ root }: Home): Promise<void> {
  while (!existsSync(join(root, 'about-to-serve'))) await new Promise(setImmediate);
  writeFileSync(join(root, 'busy'), '');
  while (existsSync(join(root, 'busy')));
}
