import { describe, expect, it, onTestFinished } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { createMemoryJournal } from '../../../src/journal/memory/memory.ts';
import type { RuleDecision } from '../../../src/permissions/decision.ts';
import { createDelegateTool } from '../../../src/tools/delegate/delegate.ts';
import { pendingQuestion, testTool } from '../../support/engine.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';
import { Midturn, midturn, temporaryHome } from './midturn.ts';

describe('approvals', () => {
  it('[G1] are listed, shown and decided by their id alone', async () => {
    const { world, cli, runs } = await asking();
    const id = await pendingQuestion(world.engine, 's');
    expect((await cli('approvals', 'ls')).stdout).toMatch(
      new RegExp(`^ID +SESSION.*\\n${id} +s +deploy +prod .* in \\d+ s\n`),
    );
    const shown = await cli('approvals', 'show', id);
    expect(shown.stdout).toMatch(/rule +deploy\n.*wanted by +ann\n/);
    expect(shown.stdout).toContain('  │ to: prod\n');
    const approved = await cli(
      'approvals',
      'approve',
      id,
      '--scope',
      'always',
      '--note',
      'go',
      '--from',
      'ben',
    );
    expect(approved).toMatchObject({
      code: 0,
      stdout:
        'Approved: deploy prod (session s)\nIn every session of main, deploy no longer needs approval.\n',
    });
    await answered(world);
    expect(runs.count).toBe(1);
    expect((await cli('approvals', 'ls')).stdout).toBe('No call is waiting for an approval.\n');
    expect((await cli('approvals', 'ls', '--all')).stdout).toMatch(
      new RegExp(`${id} +approved +s .* ben\\n`),
    );
    expect(JSON.parse((await cli('--json', 'approvals', 'show', id)).stdout)).toMatchObject({
      state: 'approved',
      from: 'ben',
      note: 'go',
    });
  });

  it('[G2] [G1] are decided once; a late decision fails with the exit code of a conflict', async () => {
    const { world, cli, runs } = await asking();
    const id = await pendingQuestion(world.engine, 's');
    expect((await cli('approvals', 'deny', id, '--note', 'not now', '--from', 'ben')).stdout).toBe(
      'Denied: deploy prod (session s)\n',
    );
    expect(await answered(world)).toContain('deploy was denied by ben: not now');
    const late = await cli('approvals', 'approve', id);
    expect(late).toMatchObject({ code: 4, stdout: '' });
    expect(late.stderr).toContain('it was denied by ben already. Nothing has changed.');
    expect(await cli('approvals', 'approve', 'nothing')).toMatchObject({ code: 1 });
    expect(runs.count).toBe(0);
  });

  it('for every session are listed and revoked', async () => {
    const { world, cli } = await asking();
    expect((await cli('approvals', 'grants')).stdout).toBe(
      'No grants: every approval so far covers a single call.\n',
    );
    const id = await pendingQuestion(world.engine, 's');
    await cli('approvals', 'approve', id, '--scope', 'always', '--from', 'ben');
    await answered(world);
    expect((await cli('approvals', 'grants')).stdout).toMatch(/^AGENT .*\nmain +all +.* ben +deploy\n$/);
    expect((await cli('approvals', 'revoke', 'main', 'deploy')).stdout).toBe(
      'deploy needs approval again in the sessions of main.\n',
    );
    const again = await cli('approvals', 'revoke', 'main', 'deploy');
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('There is no grant of deploy to agent "main" for good.');
  });

  it('for one session are listed and revoked', async () => {
    const { world, cli } = await asking();
    const id = await pendingQuestion(world.engine, 's');
    await cli('approvals', 'approve', id, '--scope', 'session', '--from', 'ben');
    await answered(world);
    expect((await cli('approvals', 'grants')).stdout).toMatch(/^AGENT .*\nmain +s +.* ben +deploy\n$/);
    const revoke = ['approvals', 'revoke', 'main', 'deploy'];
    expect((await cli(...revoke)).stderr).toContain('There is no grant of deploy to agent "main" for good.');
    expect((await cli(...revoke, '--session', 's')).stdout).toBe(
      'deploy needs approval again in session s of main.\n',
    );
    expect(await cli(...revoke, '--session', 's')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no grant of deploy to agent "main" in session "s".'),
    });
  });
});

describe('in a conversation', () => {
  it('[G3] a call that waits is shown where it happens, and approved there', async () => {
    const { chat, runs } = await talking();
    chat.type('/approve');
    const { code, stdout } = await finished(chat);
    expect(stdout.replace(/question \w+/g, 'question ID')).toBe(
      [
        '→ deploy prod',
        '? deploy needs approval (question ID)',
        '  │ to: prod',
        '  /approve, /always for deploy, or /deny with a reason',
        '✓ the question ID about deploy was approved by ann',
        '← deploy: deployed',
        'It says deployed',
        '',
      ].join('\n'),
    );
    expect({ code, runs: runs.count }).toEqual({ code: 0, runs: 1 });
  });

  it('[G3] it is denied with a reason, or marked when another approver decides', async () => {
    const { chat } = await talking();
    chat.type('/deny on a Friday?');
    expect((await finished(chat)).stdout).toContain('was denied by ann: on a Friday?\n');
    const other = await talking();
    const id = await pendingQuestion(other.world.engine, 's');
    await other.cli('approvals', 'deny', id, '--from', 'ben');
    await other.chat.until(/✗ the question \w+ about deploy was denied by ben\n/);
    other.chat.type('/approve');
    expect((await finished(other.chat)).stdout).toContain('No call is waiting for an approval.\n');
  });

  it('[G3] [H1] a call of a delegated session is shown and approved in the session that waits for it', async () => {
    const { chat, runs, cli, world } = await talking(true);
    chat.type('/approve');
    await chat.until(/It says deployed/);
    const { code, stdout } = await finished(chat);
    expect(stdout.replace(/question \w+/g, 'question ID')).toBe(
      [
        '→ delegate {"agent":"worker","task":"deploy"}',
        '? s/call-1.1: deploy needs approval (question ID)',
        '  │ to: prod',
        '  /approve, /always for deploy, or /deny with a reason',
        '✓ the question ID about deploy was approved by ann',
        '← delegate: deployed',
        'It says deployed',
        '',
      ].join('\n'),
    );
    expect({ code, runs: runs.count }).toEqual({ code: 0, runs: 1 });
    const next = new Midturn(temporaryHome(), ['--url', world.url, 'send', 's', 'again', '--wait']);
    const id = await pendingQuestion(world.engine, 's/call-3.1');
    while (!next.stderr.includes(`midturn approvals show ${id}`)) {
      await new Promise((resolve) => next.process.stderr.once('data', resolve));
    }
    const later = new Midturn(temporaryHome(), ['--url', world.url, 'chat', 's', '--from', 'ann']);
    await later.until(new RegExp(`s/call-3.1: deploy needs approval \\(question ${id}\\)`));
    await cli('approvals', 'deny', id, '--from', 'ben');
    await later.until(/✗ the question \w+ about deploy was denied by ben\n/);
    await finished(later);
    expect((await next.ended).code).toBe(0);
  });

  it('[G1] [G3] it is shown to a client that joins later, and decided while the daemon is away', async () => {
    const journal = createMemoryJournal();
    const first = await asking(journal);
    await pendingQuestion(first.world.engine, 's');
    const { port } = new URL(first.world.url);
    const chat = new Midturn(first.home, ['--url', first.world.url, 'chat', 's', '--from', 'ann']);
    await chat.until(/needs approval/);
    await first.world.close();
    await journal.closeGeneration(1);
    chat.type('/approve');
    await chat.until(/the daemon is not reachable/);
    const next = await ask(journal, first.runs, { port: Number(port) });
    await next.engine.resumeSessions();
    await chat.until(/It says deployed/);
    expect((await finished(chat)).stdout.match(/needs approval|was approved/g)).toEqual([
      'needs approval',
      'was approved',
    ]);
    expect(first.runs.count).toBe(1);
  });
});

describe('send --wait', () => {
  it('[G1] says that the turn waits for an approval, and how to decide it', async () => {
    const { world, cli, home } = await asking();
    const id = await pendingQuestion(world.engine, 's');
    const late = await cli('send', 's', 'go', '--id', 'first', '--wait', '1');
    expect(late).toMatchObject({ code: 75, stdout: '' });
    expect(late.stderr).toContain(`midturn approvals approve ${id}`);
    const sent = new Midturn(home, ['--url', world.url, 'send', 's', 'go', '--id', 'first', '--wait']);
    while (!sent.stderr.includes(`Waiting for approval of deploy. See \`midturn approvals show ${id}\``)) {
      await new Promise((resolve) => sent.process.stderr.once('data', resolve));
    }
    await cli('approvals', 'approve', id);
    expect(await sent.ended).toMatchObject({ code: 0, stdout: 'It says deployed\n' });
  });
});

const ASK: RuleDecision = {
  verdict: 'ask',
  rule: 'deploy',
  patience: 60_000,
  isGrantedBy: (granted) => granted === 'deploy',
};

function ask(
  journal: Journal,
  runs: { count: number },
  { port = 0, delegates = false } = {},
): Promise<HttpWorld> {
  const deploy = testTool('deploy', () => {
    runs.count += 1;
    return 'deployed';
  });
  const asks = [{ tools: [{ name: 'deploy', input: { to: 'prod' } }] }, { text: 'It says {result}' }];
  const give = { name: 'delegate', input: { agent: 'worker', task: 'deploy' } };
  const started = startHttp({
    journal,
    script: delegates ? [{ tools: [give] }, { text: 'It says {result}' }] : asks,
    others: { worker: [{ tools: [{ name: 'deploy', input: { to: 'prod' } }] }, { text: '{result}' }] },
    tools: [deploy, createDelegateTool(['worker'])],
    agent: { decideOnCall: (tool) => (tool === 'deploy' ? ASK : { verdict: 'allow' }) },
    port,
  });
  onTestFinished(async () => (await started).close());
  return started;
}

/** An API with a session that is about to wait for an approval, and the command line for it. */
async function asking(journal = createMemoryJournal()) {
  const runs = { count: 0 };
  const world = await ask(journal, runs);
  const home = temporaryHome();
  await world.engine.sessions.sendMessage('s', { text: 'go', id: 'first', from: 'ann' });
  const cli = (...args: string[]) => midturn(home, ['--url', world.url, ...args]);
  return { world, runs, home, cli };
}

/** A conversation in which a call waits. */
async function talking(delegates = false) {
  const runs = { count: 0 };
  const world = await ask(createMemoryJournal(), runs, { delegates });
  const home = temporaryHome();
  const chat = new Midturn(home, ['--url', world.url, 'chat', 's', '--from', 'ann']);
  chat.type('go');
  await chat.until(/needs approval/);
  const cli = (...args: string[]) => midturn(home, ['--url', world.url, ...args]);
  return { world, chat, runs, cli };
}

function finished(chat: Midturn) {
  chat.process.stdin.end();
  return chat.ended;
}

async function answered({ engine }: HttpWorld): Promise<string | undefined> {
  return (await engine.sessions.waitForOutcome('s', 'first', 0, new AbortController().signal))?.text;
}
