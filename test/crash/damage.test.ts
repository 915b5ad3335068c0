import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it, type TestContext } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import type { Daemon } from '../support/daemon.ts';
import { followAcrossRestarts } from './patience.ts';
import {
  COMPLETION,
  openStage,
  type Stage,
  sendCompletion,
  startTestDaemon,
  waitForLogLine,
} from './stage.ts';

it.concurrent('[B7] a damaged record quarantines its session and no other', async (t) => {
  const { daemon, client, release } = await interruptedDaemon(t, ['broken', 'newer', 'whole']);
  editRecord(daemon, 'broken', 2, { body: '{"input": {"kind": "mess' });
  editRecord(daemon, 'newer', 3, { v: 99 });
  release();
  await daemon.startUp();
  await waitForLogLine(daemon, { msg: 'session:damaged', session: 'broken' });
  await waitForLogLine(daemon, { msg: 'session:damaged', session: 'newer' });

  expect(await client.sendAndWait('whole', { text: 'still there?' }, 20)).toMatchObject({
    outcome: 'answered',
  });
  expect(await client.sendAndWait('new', { text: 'hello' }, 20)).toMatchObject({ outcome: 'answered' });
  expect(await client.getStatus()).toMatchObject({ mode: 'normal', sessions: { quarantined: 2 } });

  const reasons = {
    broken: 'event 2: the record is not readable JSON',
    newer: 'event 3: "turn_started" has version 99; this release reads versions up to 1',
  };
  for (const [session, reason] of Object.entries(reasons)) {
    expect(await client.getSession(session)).toMatchObject({
      status: 'quarantined',
      damaged: reason,
      quarantine: { reason },
    });
    await expect(client.sendMessage(session, { text: 'more' })).rejects.toMatchObject({
      code: 'session_damaged',
      status: 409,
      message: expect.stringContaining(`\`midturn sessions export ${session}\``),
    });
  }
  const events = await exported(daemon, 'newer');
  expect(events.map(({ type }) => type).slice(0, 4)).toEqual([
    'session_created',
    'input_received',
    'damaged',
    'model_call_started',
  ]);
  expect((await exported(daemon, 'broken'))[1]).toMatchObject({ seq: 2, type: 'damaged' });
});

it.concurrent('[B7] damage in an idle session shows with its next message; after repair and release it continues', async (t) => {
  const { daemon, client, release } = await interruptedDaemon(t, ['other'], ['idle']);
  const original = editRecord(daemon, 'idle', 2, { body: '' });
  release();
  await daemon.startUp();
  await client.sendMessage('idle', { id: 'waits', text: 'are you there?' });
  await waitForLogLine(daemon, { msg: 'session:damaged', session: 'idle' });
  expect(await client.getSession('idle')).toMatchObject({ status: 'quarantined' });

  editRecord(daemon, 'idle', 2, { body: original });
  await client.releaseSession('idle');
  expect(await client.sendAndWait('idle', { id: 'waits', text: 'are you there?' }, 20)).toMatchObject({
    outcome: 'answered',
    duplicate: true,
  });
});

it.concurrent('[H1] [A7] [B7] a session that waits for a quarantined one is told once, even with a kill at any write', async (t) => {
  const stage = await openStage(t);
  stage.setPart(COMPLETION, () => {});
  for (const point of ['before', 'after']) {
    let write = 0;
    for (let killed = true; killed; ) {
      write += 1;
      killed = await setAside(t, stage, { write, point });
    }
    expect(write).toBeGreaterThan(3);
  }
});

/** Damages a session that another one waits for, and kills the process at a write; false without such a write. */
async function setAside(t: TestContext, stage: Stage, { write, point }: { write: number; point: string }) {
  const daemon = await startTestDaemon(t, {
    providers: {
      staged: { type: 'openai-compatible', baseUrl: `${stage.url}/v1` },
      scripted: { type: 'scripted', scripts: { lead: [{ tools: [DELEGATE] }, { text: '{result}' }] } },
    },
    agents: {
      main: { model: 'scripted/lead', tools: { '*': 'allow' } },
      helper: { model: 'staged/m', tools: { '*': 'allow' } },
    },
  });
  const before = stage.countRequests(COMPLETION);
  await daemon.client.sendMessage('s', { text: 'go', id: 'first' });
  await stage.waitForRequests(before + 1, COMPLETION);
  await daemon.killAll();
  editRecord(daemon, 's/call-1.1', 2, { body: '' });
  const latch = join(daemon.home.root, 'killed');
  await daemon.startUp({
    MIDTURN_TEST_FAULTS: '1',
    MIDTURN_TEST_KILL_AT_WRITE: String(write),
    MIDTURN_TEST_KILL_POINT: point,
    MIDTURN_TEST_KILL_LATCH: latch,
  });
  const told: string[] = [];
  for await (const event of followAcrossRestarts(daemon.client, 's')) {
    if (event.type === 'tool_call_outcome_unknown') told.push(String(event.reason));
    if (event.type === 'tool_call_finished') told.push('finished');
    if (event.type === 'turn_finished') break;
  }
  const where = `killed ${point} write ${write}`;
  expect(told, where).toEqual(['its journal cannot be read (event 2: the record is not readable JSON)']);
  const killed = existsSync(latch);
  await daemon.dispose();
  return killed;
}

const DELEGATE = { name: 'delegate', input: { agent: 'helper', task: 'do it' } };

/** Starts and kills a daemon while a model call of each `busy` session is in flight and the `idle` ones have ended. */
async function interruptedDaemon(t: TestContext, busy: string[], idle: string[] = []) {
  const stage = await openStage(t);
  const daemon = await startTestDaemon(t, {
    providers: { staged: { type: 'openai-compatible', baseUrl: `${stage.url}/v1` } },
    agents: { main: { model: 'staged/m', tools: { '*': 'allow' } } },
  });
  const { client } = daemon;
  const answer = () => stage.setPart(COMPLETION, (response) => sendCompletion(response, 'fine'));
  answer();
  for (const session of idle) await client.sendAndWait(session, { text: 'hello' }, 20);
  stage.setPart(COMPLETION, () => {});
  for (const session of busy) await client.sendMessage(session, { text: 'hello' });
  await stage.waitForRequests(busy.length + idle.length, COMPLETION);
  await daemon.killAll();
  return { daemon, client, release: answer };
}

/** Changes a record in the database directly; returns its former body. */
function editRecord(
  { home }: Daemon,
  session: string,
  seq: number,
  change: { body?: string; v?: number },
): string {
  const db = new DatabaseSync(home.journal, { timeout: 10_000 });
  try {
    const which = 'WHERE seq = $seq AND session = (SELECT id FROM sessions WHERE name = $session)';
    const body = String(db.prepare(`SELECT body FROM events ${which}`).get({ session, seq })?.['body']);
    const { changes } = db
      .prepare(`UPDATE events SET body = coalesce($body, body), v = coalesce($v, v) ${which}`)
      .run({ session, seq, body: change.body ?? null, v: change.v ?? null });
    expect(changes).toBe(1);
    return body;
  } finally {
    db.close();
  }
}

/** Exports a session with the command that the error names. */
async function exported({ home }: Daemon, session: string): Promise<{ seq: number; type: string }[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    commandLine(),
    'sessions',
    'export',
    session,
    '--home',
    home.root,
  ]);
  return JSON.parse(stdout).events;
}
