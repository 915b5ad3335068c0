import { afterEach, describe, expect, it } from 'vitest';
import { HandoverNotFoundError } from '../../../src/errors/control.ts';
import type { Status } from '../../../src/protocol/daemon.ts';
import type { HandoverBody } from '../../../src/protocol/handovers.ts';
import { fakeControl, HANDOVER } from '../../support/control.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';
import { Midturn, midturn, temporaryHome } from './midturn.ts';

let world: HttpWorld;
let wishes: string[];

/** Starts a daemon whose handover is one step further at each request for its report. */
async function start(steps: readonly Partial<HandoverBody>[] = [], status: Partial<Status> = {}) {
  let looks = 0;
  wishes = [];
  const report = (): HandoverBody => {
    const step = steps[Math.min(looks++, steps.length - 1)];
    if (step === UNKNOWN) throw new HandoverNotFoundError('3');
    return { ...HANDOVER, ...step, id: '3' };
  };
  const generation = () => ({ number: looks > 0 ? 2 : 1, startedAt: 1 });
  world = await startHttp({
    control: () => ({
      ...fakeControl(wishes),
      getHandover: async (id) => (steps.length > 0 ? report() : fakeControl([]).getHandover(id)),
    }),
    status: (before) => ({ ...before, generation: generation(), ...status }),
  });
}

const run = (...args: string[]) => midturn(temporaryHome(), args, { env: { MIDTURN_URL: world.url } });

afterEach(() => world.close());

const UNKNOWN: Partial<HandoverBody> = {};
const AT = 1_700_000_000_000;
const BEGIN = { phase: 'wanted', at: AT };
const READY = { phase: 'ready', at: AT + 400 };
const SERVING = { phase: 'serving', at: AT + 450 };
const DRAINING = { phase: 'draining', at: AT + 460 };
const DONE = { phase: 'done', at: AT + 2_000 };
const BUSY: HandoverBody['sessions'][number] = {
  session: 'a/1',
  state: 'running',
  holding: ['shell (7.1)'],
  after: null,
  resumedAfter: null,
};
const GONE: typeof BUSY = { ...BUSY, state: 'moved', after: 1_400, resumedAfter: 1_450 };

const STEPS: Partial<HandoverBody>[] = [
  { phase: 'wanted', phases: [BEGIN], sessions: [] },
  { phase: 'draining', phases: [BEGIN, READY, SERVING, DRAINING], sessions: [BUSY] },
  { phase: 'done', phases: [BEGIN, READY, SERVING, DRAINING, DONE], sessions: [GONE] },
];

describe('restart', () => {
  it('[C11] --wait prints each phase with its time, and the sessions that hold it up', async () => {
    await start(STEPS);
    const { code, stdout, stderr } = await run('restart', '--wait', '--reason', 'new key');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`+0.0 s  wanted
+0.4 s  ready
+0.5 s  serving
+0.5 s  draining
        a/1  running (shell (7.1))
+2.0 s  done
        a/1  moved (shell (7.1)) after 1.4 s, resumed after 1.4 s
Generation 2 is serving; generation 1 has exited.
`);
    expect(wishes).toEqual(['restart: new key']);
  });

  it('waits for a handover that has not started because another one still runs', async () => {
    await start([UNKNOWN, ...STEPS]);
    const { code, stdout } = await run('restart', '--wait');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\+0\.0 s {2}wanted\n/);
  });

  it('without --wait returns when the new generation serves', async () => {
    await start(STEPS);
    expect(await run('restart')).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Generation 2 is serving; generation 1 is draining.\n',
    });
  });

  it('--json prints the report', async () => {
    await start(STEPS);
    const { stdout } = await run('restart', '--wait', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      before: { number: 1 },
      after: { number: 2 },
      handover: { id: '3', phase: 'done', sessions: [GONE] },
    });
  });

  it('[C10] that fails ends with 1 and the reason', async () => {
    await start([{ phase: 'failed', failure: 'the new generation exited with 78', to: null }]);
    const { code, stderr } = await run('restart', '--wait');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Handover 3 failed: the new generation exited with 78\. No session was touched/);
  });

  it.each([
    [
      'wanted',
      [UNKNOWN],
      /no new generation has answered after 0\.3 s: handover 3 is `wanted`\. It continues/,
    ],
    [
      'booting',
      [{ phase: 'booting', phases: [BEGIN] }],
      /no new generation has answered .* `booting`\. It continues by itself; .* how far it is\.$/m,
    ],
    [
      'draining',
      STEPS.slice(1, 2),
      /The new generation serves, but the old one has not left after 0\.3 s: handover 3 is `draining`\. It continues by itself; `midturn handovers 3` shows which sessions hold it up\.$/m,
    ],
  ] satisfies [string, Partial<HandoverBody>[], RegExp][])(
    '[C11] that takes too long ends with 75 and says how far it is: %s',
    async (phase, steps, words) => {
      await start(steps);
      const { code, stderr } = await run('restart', '--wait', '--timeout', '300ms');
      expect({ code, stderr }).toEqual({ code: 75, stderr: expect.stringMatching(words) });
      const json = await run('restart', '--wait', '--timeout', '300ms', '--json');
      expect(JSON.parse(json.stderr)).toMatchObject({ code: 'restart_timeout', handover: '3', phase });
    },
  );

  it('notices that the daemon has stopped, and exits with 3', async () => {
    await start(STEPS.slice(0, 2));
    const restarting = new Midturn(temporaryHome(), ['restart', '--wait'], { MIDTURN_URL: world.url });
    await restarting.until(/draining\n/);
    await world.close();
    expect(await restarting.ended).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /No daemon answers .* restart \(handover 3, last seen `draining`\) cannot/,
      ),
    });
  });
});

describe('handovers', () => {
  it('[C11] are listed, and shown with every session that was active', async () => {
    await start();
    const list = await run('handovers');
    expect(list.stdout).toMatch(
      /^ID +CAUSE +PHASE +BEGAN +TOOK +SESSIONS +REASON\n +2 +config +done .* 0\.9 s +1 moved, 1 parked +listen changed\n/,
    );
    expect(JSON.parse((await run('handovers', '--json', '-n', '1')).stdout)).toEqual({
      handovers: [HANDOVER],
      next: '2',
    });
    const { stdout } = await run('handovers', '2');
    expect(stdout).toMatch(
      /^handover +2, done, began .*\ncause +config: listen changed\nprocesses +generation 1 → 2\nrevision +1 → 2\nkeys +listen\n/,
    );
    expect(stdout).toContain('a/1  moved (model call 7) after 0.4 s, resumed after 0.5 s\n');
    expect(stdout).toContain('a/2  parked (retry) after 0.0 s\n');
    expect(JSON.parse((await run('handovers', '2', '--json')).stdout)).toEqual(HANDOVER);
    expect(await run('handovers', '9')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no report of a handover "9"/),
    });
  });
});

describe('status', () => {
  it('[E7] shows what is wrong with the configuration, where and since when', async () => {
    const trouble = {
      path: 'agents.main.modle',
      line: 9,
      column: 7,
      message: 'unknown key',
      hint: 'did you mean "model"?',
    };
    await start([], {
      mode: 'degraded',
      reasons: ['The file is broken; revision 11 runs.'],
      revision: { number: 11, state: 'good' },
      config: { problem: { message: 'it is broken', problems: [trouble], since: Date.now() - 300_000 } },
      mcp: [
        { server: 'github', state: 'ready', tools: 12 },
        { server: 'wiki', state: 'failed', error: 'it exited with code 1', tools: 0 },
      ],
      handover: HANDOVER,
    });
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^midturn +0\.1\.0, DEGRADED\n +The file is broken; revision 11 runs\.\n/);
    expect(stdout).toMatch(
      /^config +midturn\.jsonc became invalid 5 min ago; revision \d+ is still active\n +midturn\.jsonc:9:7 agents\.main\.modle: unknown key; did you mean "model"\?\n/m,
    );
    expect(stdout).toMatch(/^generation +1, started /m);
    expect(stdout).toMatch(/^revision +11 \(good\)$/m);
    expect(stdout).toMatch(/^mcp +github, ready, 12 tools\n +wiki, failed: it exited with code 1$/m);
    expect(stdout).toMatch(
      /^handover +2: config \(listen changed\), done in 0\.9 s, .+; generation 1 → 2; 1 moved, 1 parked$/m,
    );
  });

  it('[C11] shows a running handover with its phases and holders, and a finished one as one line', async () => {
    const waits = (_: unknown, index: number) => ({
      ...BUSY,
      session: `b/${index}`,
      state: 'parked' as const,
    });
    const running: HandoverBody = {
      ...HANDOVER,
      phase: 'draining',
      phases: [BEGIN, READY, SERVING, DRAINING],
      sessions: [...Array.from({ length: 25 }, waits), BUSY],
    };
    await start([], { handover: running });
    const { stdout } = await run('status');
    expect(stdout).toMatch(/^handover +2: config \(listen changed\), draining, .*; .*25 parked, 1 running$/m);
    expect(stdout).toMatch(/\n\nhandover +2, draining, began /);
    expect(stdout).toMatch(/^phases +\+0\.0 s {2}wanted\n +\+0\.4 s {2}ready\n/m);
    expect(stdout).toMatch(/^sessions +25 parked, 1 running\n +a\/1 {2}running \(shell \(7\.1\)\)\n +b\/0 /m);
    expect(stdout).toMatch(/ b\/19 .*\n +and 5 more; `midturn handovers 2` shows all\n$/);
    await world.close();
    await start([], { handover: { ...running, phase: 'done' } });
    expect((await run('status')).stdout).not.toMatch(/phases/);
  });
});
