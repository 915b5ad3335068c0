import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RevisionStore } from '../../src/config/revisions.ts';
import { listHandovers } from '../../src/supervisor/reports.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import type { FakeAnswer } from '../fixtures/generations/fake-server.ts';
import {
  get,
  getJson,
  lastState,
  type Started,
  startSupervisor,
  temporaryHome,
} from './supervisor-harness.ts';

const TURNS = { limits: { turns: 3 } };
const ELSEWHERE = { listen: 'localhost:0' };
const NO_TRIAL = { handover: { trial: '0ms' } };

describe('[E4] a change that needs no other process', () => {
  it('is applied to the generation that serves, as a new revision on trial', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await get(address);
    configure([], TURNS);
    expect(await events.next('config:applied')).toMatchObject({ revision: 2, keys: ['limits.turns'] });
    const after = await get(address);
    expect(after.pid).toBe(before.pid);
    expect(applied(after)).toEqual([
      { revision: 2, source: readFileSync(home.config, 'utf8'), origin: 'file' },
    ]);
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'normal',
        revision: { number: 2, state: 'trial' },
        problem: null,
        handover: null,
      });
    expect(new RevisionStore(home).list()).toMatchObject([
      { number: 1, state: 'replaced' },
      { number: 2, state: 'trial', keys: ['limits.turns'] },
    ]);
  });

  it('reaches a generation that drains, too', async () => {
    const { address, events, signals, configure } = await startSupervisor(['never-drains']);
    const old = await get(address);
    signals.emit('SIGHUP');
    await events.said('left');
    configure(['never-drains'], TURNS);
    await events.next('config:applied');
    const heard = await getJson<FakeAnswer>(old.boot.socket, '/');
    expect(applied(heard)).toMatchObject([{ revision: 2 }]);
  });

  it.each([
    ['refuses-to-apply', 'it does not like it'],
    ['crashes-when-it-applies', 'the generation exited with code 9'],
  ] as const)('that it %s is taken back, and not tried again until it changes', async (what, reason) => {
    const { address, events, home, configure } = await startSupervisor([], { keys: NO_TRIAL });
    await get(address);
    configure([what], TURNS);
    expect(await getJson(address, '/ask/reload').catch(() => null)).toEqual(
      what === 'refuses-to-apply' ? { what: 'refused', message: reason } : null,
    );
    expect(await events.next('config:failed')).toMatchObject({
      revision: 2,
      reason: `revision 2 was not applied: ${reason}`,
    });
    const after = await get(address);
    expect(running(after)).toBe(1);
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [expect.stringContaining(reason)],
        revision: { number: 1, state: 'good' },
        problem: { message: expect.stringContaining(reason), problems: [] },
      });
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(new RevisionStore(home).list()).toMatchObject([{ state: 'good' }, { state: 'failed' }]);
    configure([], { limits: { turns: 4 } });
    expect(await events.next('config:applied')).toMatchObject({ revision: 3 });
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({ mode: 'normal', problem: null });
  });
});

describe('a change that needs another process', () => {
  it('is a handover; the new generation listens at the new address, the old one is refused', async () => {
    const { address, events, home, configure } = await startSupervisor();
    await get(address);
    configure([], ELSEWHERE);
    const about = await events.next('handover:done', { cause: 'config' });
    expect(about).toMatchObject({ reason: 'changed: listen', revision: 2, keys: ['listen'] });
    const answer = await get(home.socket);
    const now = answer.boot.listeners[0]?.address ?? '';
    expect(now).not.toBe(address);
    expect((await get(now)).generation).toBe(2);
    expect(answer.heard.find(({ type }) => type === 'serve')).toMatchObject({
      notice: { cause: 'config', keys: ['listen'], revision: { from: 1, to: 2 } },
    });
    await expect(get(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('[C10] fails when the new address is taken, and the old generation goes on; once is enough', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = other.address();
    const listen = `127.0.0.1:${typeof taken === 'object' ? taken?.port : ''}`;
    const { address, events, home, configure } = await startSupervisor();
    const before = await get(address);
    configure([], { listen });
    expect(await events.next('config:failed')).toMatchObject({
      revision: 2,
      reason: expect.stringContaining(listen),
    });
    expect((await get(address)).pid).toBe(before.pid);
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(listHandovers(home)).toHaveLength(2);
    other.close();
    await once(other, 'close');
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '3' });
    await events.next('handover:done', { handover: '3' });
    expect((await get(listen)).generation).toBe(2);
  });

  it('[C10] whose generation does not boot is given up, and tried again when somebody asks', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await get(address);
    configure(['crashes-at-boot'], ELSEWHERE);
    await events.next('config:failed');
    const after = await get(address);
    expect(after.pid).toBe(before.pid);
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: ['Revision 1 goes on: revision 2 was given up: the new generation exited with code 7'],
        handover: { phase: 'failed', failure: 'the new generation exited with code 7' },
      });
    // Its meaning is the same, its comment is not.
    configure([], ELSEWHERE);
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(listHandovers(home)).toHaveLength(2);
    await getJson(address, '/ask/restart');
    await events.next('handover:done', { cause: 'restart' });
    await expect
      .poll(async () => lastState(await get(home.socket)))
      .toMatchObject({
        mode: 'normal',
        revision: { number: 2, state: 'trial' },
        problem: null,
      });
  });
});

it('a crash changes no keys, whatever was changed before', async () => {
  const { address, events, configure } = await startSupervisor([], { keys: NO_TRIAL });
  const { pid } = await get(address);
  configure([], TURNS);
  await events.next('config:applied');
  process.kill(pid, 'SIGKILL');
  expect(await events.next('handover:done', { cause: 'crash' })).toMatchObject({ revision: 2, keys: [] });
});

describe('[E2] the same meaning in other words', () => {
  it('changes nothing, but the next generation is given the new words', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await get(address);
    configure(['drains-slowly']);
    expect(await getJson(address, '/ask/reload')).toMatchObject({
      what: 'reload',
      applied: 'none',
      revision: 1,
      keys: [],
    });
    expect(events.all('config:applied')).toEqual([]);
    expect(applied(await get(address))).toEqual([]);
    process.kill(before.pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await get(address)).boot.config).toEqual({
      revision: 1,
      source: readFileSync(home.config, 'utf8'),
      origin: 'file',
    });
  });
});

describe('[E7] a file that is broken while the daemon runs', () => {
  it('changes nothing; status and log say what, where and since when, once', async () => {
    const { address, events, home } = await startSupervisor();
    const before = await get(address);
    const broken = '{\n  "limits": { "turns": "many" }\n}';
    writeFileSync(home.config, broken);
    const { problems } = await events.next('config:broken');
    expect(problems).toMatchObject([{ path: 'limits.turns', line: 2, column: 24 }]);
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [expect.stringMatching(/^Revision 1 goes on: midturn\.jsonc:2:24 limits\.turns: /)],
        revision: { number: 1 },
        problem: {
          message: expect.stringContaining('limits.turns'),
          problems: [{ path: 'limits.turns', line: 2, column: 24 }],
          since: expect.closeTo(Date.now(), -4),
        },
      });
    for (let again = 0; again < 3; again += 1) {
      expect(await getJson(address, '/ask/reload')).toMatchObject({
        what: 'refused',
        message: expect.stringContaining('midturn.jsonc:2:24'),
      });
    }
    expect(events.all('config:broken')).toHaveLength(1);
    writeFileSync(home.config, `${broken} `);
    await getJson(address, '/ask/reload');
    expect(events.all('config:broken')).toHaveLength(2);
    // A crash meanwhile: what ran runs again.
    process.kill(before.pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await get(address)).boot.config.revision).toBe(1);
    writeFileSync(home.config, configFor());
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({ mode: 'normal', problem: null });
  });

  it('is no reason not to restart when somebody asks; SIGHUP alone does not', async () => {
    const { address, events, home, signals } = await startSupervisor();
    await get(address);
    writeFileSync(home.config, 'what?');
    await events.next('config:broken');
    signals.emit('SIGHUP');
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '2' });
    await events.next('handover:done', { handover: '2' });
    const after = await get(address);
    expect(after).toMatchObject({ generation: 2, boot: { config: { revision: 1 } } });
    expect(lastState(after)?.mode).toBe('degraded');
    expect(listHandovers(home)).toHaveLength(2);
  });
});

describe('[E8] a daemon that is started with a broken file', () => {
  it('runs the last known good revision, says so, and leaves the file alone', async () => {
    const home = temporaryHome([], NO_TRIAL);
    const first = await startSupervisor([], { home });
    await get(first.address);
    await first.events.next('config:good');
    await stop(first);
    writeFileSync(home.config, 'broken');
    const { address, events, configure } = await startSupervisor([], { home });
    expect(events.all('config:broken')).toMatchObject([{ problems: [{ line: 1, column: 1 }] }]);
    const answer = await get(address);
    expect(answer.boot).toMatchObject({ mode: 'normal', config: { revision: 1, origin: 'last-known-good' } });
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [
          expect.stringMatching(/^Revision 1, the last known good one, runs instead: midturn\.jsonc:1:1/),
        ],
        revision: { number: 1, state: 'good' },
        problem: { problems: [{ line: 1 }] },
      });
    expect(readFileSync(home.config, 'utf8')).toBe('broken');
    configure([], { ...NO_TRIAL, ...TURNS });
    expect(await events.next('config:applied')).toMatchObject({ revision: 2 });
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({ mode: 'normal', reasons: [] });
  });
});

describe('[E9] a daemon that is started with a broken file and nothing to fall back on', () => {
  it('is in rescue mode on a loopback address, and leaves it when the file is mended', async () => {
    const home = temporaryHome();
    writeFileSync(home.config, '{ "listen": "0.0.0.0:0" }');
    const { address, events, configure } = await startSupervisor([], { home });
    expect(address).toMatch(/^127\.0\.0\.1:/);
    const rescue = await get(home.socket);
    expect(rescue.boot).toMatchObject({ mode: 'rescue', config: { revision: 0, source: '' } });
    await expect
      .poll(async () => lastState(await get(home.socket)))
      .toMatchObject({
        mode: 'rescue',
        reasons: [expect.stringMatching(/^No session runs until it is mended: midturn\.jsonc:1:/)],
        revision: { number: 0, state: 'failed' },
      });
    configure([]);
    await events.next('handover:done', { cause: 'config' });
    const normal = await get(home.socket);
    expect(normal.boot).toMatchObject({ mode: 'normal', config: { revision: 1, origin: 'file' } });
    await expect
      .poll(async () => lastState(await get(home.socket)))
      .toMatchObject({ mode: 'normal', reasons: [] });
  });
});

describe('[E10] a revision on trial', () => {
  it('is the last known good one when its time is over', async () => {
    const { events, address, home } = await startSupervisor([], { keys: { handover: { trial: '300ms' } } });
    await get(address);
    expect(lastState(await get(address))?.revision.state).toBe('trial');
    await events.next('config:good');
    expect(new RevisionStore(home).lastKnownGood()?.revision.number).toBe(1);
    await expect.poll(async () => lastState(await get(address))?.revision.state).toBe('good');
  });

  it.each([
    ['crashes-after-serving', 'exited with code 9'],
    ['sickens', 'was killed: 2 health checks in a row failed, it answered /healthz with 503'],
  ] as const)(
    'whose generation %s gives way to the one before, at once; the file stays',
    async (what, end) => {
      const healthPolicy = { limit: 500, every: 60_000, failures: 9, trial: { every: 50, failures: 2 } };
      const { address, events, home, configure } = await startSupervisor([], {
        keys: NO_TRIAL,
        healthPolicy,
      });
      await get(address);
      await events.next('config:good');
      configure([what], { ...ELSEWHERE, handover: { trial: '1h' } });
      expect(await events.next('config:failed')).toMatchObject({
        revision: 2,
        reason: expect.stringContaining(end),
      });
      await events.next('handover:done', { cause: 'crash' });
      const answer = await get(home.socket);
      expect(answer.boot.config).toMatchObject({ revision: 1, origin: 'last-known-good' });
      expect((await get(answer.boot.listeners[0]?.address ?? '')).pid).toBe(answer.pid);
      await expect
        .poll(async () => lastState(await get(home.socket)))
        .toMatchObject({
          mode: 'degraded',
          reasons: [
            expect.stringContaining(
              `Revision 1, the last known good one, runs instead: revision 2 was given up`,
            ),
          ],
          revision: { number: 1, state: 'good' },
          problem: { message: expect.stringContaining(end) },
        });
      expect(readFileSync(home.config, 'utf8')).toBe(
        configFor([what], { ...ELSEWHERE, handover: { trial: '1h' } }),
      );
      expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ what: 'refused' });
      expect(events.all('generation:crashed')).toHaveLength(1);
      expect(new RevisionStore(home).list()).toMatchObject([{ state: 'good' }, { state: 'failed' }]);
    },
  );

  it('gives way to the one before at its own address, though that does not boot at once', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const listen = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    free.close();
    await once(free, 'close');
    const keys = { ...NO_TRIAL, listen };
    const { events, home, configure } = await startSupervisor(['may-crash-once-at-boot'], { keys });
    await events.next('config:good');
    writeFileSync(join(home.root, 'crash-once'), '');
    configure(['crashes-after-serving'], { ...ELSEWHERE, handover: { trial: '1h' } });
    await events.next('config:failed', { revision: 2 });
    await events.next('handover:done', { cause: 'crash' });
    expect(existsSync(join(home.root, 'crash-once'))).toBe(false);
    expect((await get(listen)).boot.config.revision).toBe(1);
    expect(events.all('supervisor:listen_failed')).toEqual([]);
  });

  it('that was applied live gives way in the same manner', async () => {
    const { address, events, configure } = await startSupervisor([], { keys: NO_TRIAL });
    const before = await get(address);
    await events.next('config:good');
    configure([], { ...TURNS, handover: { trial: '1h' } });
    await events.next('config:applied');
    process.kill(before.pid, 'SIGKILL');
    const about = await events.next('handover:done', { cause: 'crash' });
    expect(about).toMatchObject({ revision: 1, keys: ['limits.turns', 'handover.trial'] });
    expect((await get(address)).boot.config.revision).toBe(1);
  });

  it('at the start of the daemon gives way as well', async () => {
    const home = temporaryHome([], NO_TRIAL);
    const first = await startSupervisor([], { home });
    await get(first.address);
    await first.events.next('config:good');
    await stop(first);
    writeFileSync(home.config, configFor(['crashes-at-boot'], TURNS));
    const { address } = await startSupervisor([], { home });
    const answer = await get(address);
    expect(answer.boot).toMatchObject({ mode: 'normal', config: { revision: 1 } });
    await expect.poll(async () => lastState(await get(address))).toMatchObject({ mode: 'degraded' });
  });

  it('that is the first there ever was runs again', async () => {
    const { address, events } = await startSupervisor();
    const { pid } = await get(address);
    process.kill(pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await get(address)).boot.config.revision).toBe(1);
  });
});

describe('[E16] a file that is deleted while the daemon runs', () => {
  it('is missed, and nothing changes', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await get(address);
    rmSync(home.config);
    await events.next('config:gone');
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: ['The configuration file is gone. Revision 1 goes on.'],
        revision: { number: 1 },
        problem: null,
      });
    expect((await get(address)).pid).toBe(before.pid);
    expect(existsSync(home.config)).toBe(false);
    configure([]);
    await expect
      .poll(async () => lastState(await get(address)))
      .toMatchObject({ mode: 'normal', reasons: [] });
    expect(events.all('config:gone')).toHaveLength(1);
  });
});

it('[E13] a rotated secret file is a change of the keys that refer to it', async () => {
  const home = temporaryHome();
  const secret = join(home.root, 'token');
  writeFileSync(secret, 'first-token-1234567890\n');
  const keys = { auth: { tokens: [`\${file:${secret}}`] } };
  writeFileSync(home.config, configFor([], keys));
  const { address, events } = await startSupervisor([], { home });
  await get(address);
  writeFileSync(secret, 'second-token-1234567890\n');
  expect(await events.next('config:applied')).toMatchObject({ revision: 2, keys: ['auth.tokens'] });
  expect(JSON.stringify(events.entries)).not.toContain('-token-1234567890');
});

describe('[E1] [C9] a storm of changes', () => {
  it('of a hundred saves is one handover, and what runs in the end is what the file says', async () => {
    const { address, events, home, configure } = await startSupervisor();
    await get(address);
    for (let save = 1; save <= 100; save += 1) {
      configure([], { ...ELSEWHERE, limits: { turns: save } });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await events.next('handover:done', { cause: 'config' });
    const answer = await get(home.socket);
    expect(answer.boot.config.source).toBe(readFileSync(home.config, 'utf8'));
    expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ applied: 'none' });
    expect(listHandovers(home)).toMatchObject([{ cause: 'config' }, { cause: 'start' }]);
  });

  it('during a handover is followed after it', async () => {
    const { address, events, home, configure } = await startSupervisor(['drains-slowly']);
    await get(address);
    configure(['drains-slowly'], ELSEWHERE);
    await events.next('generation:started');
    await events.next('generation:started');
    for (let turns = 1; turns <= 9; turns += 1)
      configure(['drains-slowly'], { listen: '[::1]:0', limits: { turns } });
    configure([], { listen: '127.0.0.1:0', limits: { turns: 9 } });
    await events.next('handover:done', { cause: 'config' });
    await events.next('handover:done', { cause: 'config' });
    const answer = await get(home.socket);
    expect(answer.boot.config.source).toBe(readFileSync(home.config, 'utf8'));
    expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ applied: 'none' });
  });
});

it("the supervisor's own log follows the configuration", async () => {
  const { address, events, configure } = await startSupervisor();
  await get(address);
  configure([], { logging: { level: 'warn' } });
  await expect.poll(async () => applied(await get(address)).length).toBe(1);
  const before = events.entries.length;
  await getJson(address, '/ask/restart');
  await expect.poll(async () => (await get(address)).generation).toBe(2);
  expect(events.entries.slice(before)).toEqual([]);
});

function applied({ heard }: FakeAnswer) {
  return heard.flatMap((message) => (message.type === 'apply' ? [message.config] : []));
}

/** The revision that the generation was given last. */
function running(answer: FakeAnswer): number {
  return (applied(answer).at(-1) ?? answer.boot.config).revision;
}

async function stop({ signals, exit }: Started): Promise<void> {
  signals.emit('SIGTERM');
  await exit;
}
