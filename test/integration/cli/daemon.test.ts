import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Midturn, midturn, runningHome, temporaryHome } from './midturn.ts';

describe('a daemon', () => {
  it('reports its status, answers messages, lists sessions and restarts', async () => {
    const { home } = await runningHome();

    const status = await midturn(home, ['status', '--json']);
    expect(JSON.parse(status.stdout)).toEqual({
      version: expect.any(String),
      mode: 'normal',
      reasons: [],
      generation: { number: 1, startedAt: expect.any(Number) },
      revision: { number: 1, state: expect.any(String) },
      config: { problem: null },
      agents: ['short', 'slow', 'stuck', 'shell'].map((script, index) => ({
        agent: index === 0 ? 'main' : script,
        model: `scripted/${script}`,
        tools: expect.any(Number),
        leftOut: [],
      })),
      mcp: [],
      sessions: { idle: 0, queued: 0, running: 0, waiting: 0, quarantined: 0 },
      waiting: [],
      handover: null,
    });

    const receipt = await midturn(home, ['send', 'team/a', '-', '--id', 'm1', '--json'], { input: 'hi\n' });
    expect({ ...receipt, stdout: JSON.parse(receipt.stdout) }).toEqual({
      code: 0,
      stderr: '',
      stdout: { session: 'team/a', input: 'm1', seq: 0, duplicate: false },
    });
    const again = await midturn(home, ['send', 'team/a', 'hi', '--id', 'm1']);
    expect(again).toMatchObject({ code: 0, stdout: 'm1 is stored already; session team/a, position 0\n' });
    const answer = await midturn(home, ['send', 'team/a', 'hi', '--id', 'm1', '--wait', '30']);
    expect(answer).toEqual({ code: 0, stdout: 'You said: hi\n', stderr: '' });
    const document = await midturn(home, ['send', 'team/a', 'yo', '--wait', '--json']);
    expect(JSON.parse(document.stdout)).toMatchObject({ outcome: 'answered', text: 'You said: yo' });

    const list = await midturn(home, ['sessions', 'ls']);
    expect(list.stdout).toMatch(/^SESSION +AGENT +STATUS +SEQ +UPDATED\nteam\/a +main +idle +\d+ {2}\S.*\n$/);
    const rows = await midturn(home, ['sessions', 'ls', '--json', '--status', 'idle', '--prefix', 'team/']);
    expect(JSON.parse(rows.stdout)).toMatchObject({
      sessions: [{ session: 'team/a', agent: 'main', status: 'idle' }],
    });
    const recent = await midturn(home, ['sessions', 'ls', '--json', '--since', '1h', '--order', 'recent']);
    expect(JSON.parse(recent.stdout)).toMatchObject({ sessions: [{ session: 'team/a' }] });
    const none = await midturn(home, ['sessions', 'ls', '--json', '--prefix', 'nobody']);
    expect(JSON.parse(none.stdout)).toEqual({ sessions: [] });

    const shown = await midturn(home, ['sessions', 'show', 'team/a', '-n', '1']);
    expect(shown.stdout).toMatch(/^session +team\/a\nagent +main\n[\s\S]*assistant: You said: yo\n$/);
    const view = await midturn(home, ['sessions', 'show', 'team/a', '--json']);
    expect(JSON.parse(view.stdout)).toMatchObject({
      session: 'team/a',
      turn: null,
      pending: [],
      last: { outcome: 'answered' },
    });
    const exported = await midturn(home, ['sessions', 'export', 'team/a']);
    expect(JSON.parse(exported.stdout)).toMatchObject({
      format: 1,
      session: { session: 'team/a' },
      events: expect.any(Array),
    });

    const restarted = await midturn(home, ['restart', '--reason', 'a test', '--json']);
    expect(JSON.parse(restarted.stdout)).toMatchObject({
      before: { number: 1 },
      after: { number: 2 },
      mode: 'normal',
    });
    expect((await midturn(home, ['doctor'])).stdout).toMatch(
      /^ok +api +version .*, generation 2, normal mode$/m,
    );
  });

  it('refuses with the same words and codes as the API', async () => {
    const { home } = await runningHome();
    const wrong = async (...args: string[]) => {
      const { code, stderr } = await midturn(home, [...args, '--json']);
      return { exit: code, code: JSON.parse(stderr).code };
    };
    expect(await wrong('sessions', 'show', 'nobody')).toEqual({ exit: 1, code: 'session_not_found' });
    expect(await wrong('sessions', 'export', 'nobody')).toEqual({ exit: 1, code: 'session_not_found' });
    expect(await wrong('send', 's', 'x', '--agent', 'nobody')).toEqual({ exit: 1, code: 'unknown_agent' });
    await midturn(home, ['send', 's', 'x', '--wait']);
    expect(await wrong('send', 's', 'x', '--agent', 'slow')).toEqual({ exit: 4, code: 'agent_mismatch' });
  });

  it('is waited for until the limit, and the work continues', async () => {
    const { home } = await runningHome();
    const late = await midturn(home, [
      'send',
      's',
      'x',
      '--agent',
      'stuck',
      '--id',
      'm1',
      '--wait',
      '0',
      '--json',
    ]);
    expect({ code: late.code, problem: JSON.parse(late.stderr) }).toMatchObject({
      code: 75,
      problem: { code: 'no_answer_yet', session: 's', input: 'm1' },
    });
    const cancelled = await midturn(home, ['sessions', 'cancel', 's']);
    expect(cancelled.code).toBe(0);
    const answer = await midturn(home, ['send', 's', 'x', '--id', 'm1', '--wait']);
    expect(answer).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^midturn: The message was cancelled/),
    });
  });

  it('is followed until the client disconnects', async () => {
    const { home } = await runningHome();
    await midturn(home, ['send', 's', 'hello', '--agent', 'shell', '--from', 'Ann', '--wait']);
    const follower = new Midturn(home, ['sessions', 'follow', 's', '--after', '0']);
    await follower.until(/Done\.\n/);
    expect(follower.stdout).toMatch(
      /^Ann: hello\nLooking around here\n→ shell echo found\n← shell: found \(\d lines\)\nDone\.\n$/,
    );
    const events = new Midturn(home, ['sessions', 'follow', 's', '--after', '0', '--json']);
    await events.until(/"turn_finished".*\n/);
    const types = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('session_created');
    expect(types).toContain('tool_call_finished');
  });
});

it('[J1] [J4] starts in the background once, shows its log, and stops', async () => {
  const home = temporaryHome({ listen: '127.0.0.1:0', logging: { maxSize: '64kb' } });
  mkdirSync(join(home, 'logs'));
  const log = join(home, 'logs', 'midturn.log');
  writeFileSync(log, `${'of an earlier daemon '.repeat(4000)}\n`);
  const started = await midturn(home, ['start', '--json']);
  try {
    expect(started).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(started.stdout)).toMatchObject({ pid: expect.any(Number), ready: true });
    expect(await midturn(home, ['start'])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^midturn: Process \d+ already runs on this home/),
    });
    expect(await midturn(home, ['up'])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/already runs/),
    });
    expect((await midturn(home, ['logs'])).stdout).toMatch(/info +generation:serving/);
    expect(readFileSync(`${log}.1`, 'utf8')).toMatch(/^of an earlier daemon/);
    expect(readFileSync(log, 'utf8')).not.toContain('of an earlier daemon');
    await midturn(home, ['send', 'a', 'hi', '--wait']);
    const turn = await midturn(home, ['logs', '--session', 'a', '--json']);
    expect(JSON.parse(turn.stdout)).toMatchObject({
      level: 'info',
      msg: 'turn:finished',
      session: 'a',
      turn: 1,
      outcome: 'answered',
    });
    const stopped = await midturn(home, ['stop']);
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringMatching(/has stopped/) });
    expect(await midturn(home, ['status'])).toMatchObject({ code: 3 });
  } finally {
    kill(JSON.parse(started.stdout || '{}').pid);
  }
});

/** A test that failed must not leave its daemon behind. */
function kill(pid: unknown): void {
  try {
    if (typeof pid === 'number') process.kill(pid, 'SIGKILL');
  } catch {
    // It has stopped, as it should.
  }
}
