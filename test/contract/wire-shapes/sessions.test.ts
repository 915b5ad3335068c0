import { afterEach, expect, it } from 'vitest';
import type { z } from 'zod';
import { systemClock } from '../../../src/engine/port/ports.ts';
import {
  approval,
  approvalPage,
  type decision,
  decisionReceipt,
  grantPage,
  revoked,
} from '../../../src/protocol/approvals.ts';
import { transcriptPage } from '../../../src/protocol/messages.ts';
import { problem } from '../../../src/protocol/problem.ts';
import { effectPage, sessionPage, sessionView } from '../../../src/protocol/sessions.ts';
import { pendingQuestion, type TestAgent, testTool } from '../../support/engine.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';
import { createTalk, NOW, startLookingAgent, waiting } from './talk.ts';

let world: HttpWorld;
const { ask, say } = createTalk(() => world);

afterEach(() => world.close());

async function start(agent: TestAgent = {}) {
  world = await startLookingAgent(agent);
}

it('receipt, answer and duplicate', async () => {
  await start();
  expect(await say('m1', waiting)).toEqual({
    status: 200,
    type: 'application/json',
    json: { session: 'a/1', input: 'm1', seq: 0, duplicate: false, outcome: 'answered', text: 'It is blue.' },
  });
  expect(await say('m1')).toEqual({
    status: 202,
    type: 'application/json',
    json: { session: 'a/1', input: 'm1', seq: 0, duplicate: true },
  });
});

it('list, session and transcript', async () => {
  await start();
  await say('m1', waiting);
  const row = {
    session: 'a/1',
    agent: 'main',
    owner: 1,
    seq: 10,
    status: 'idle',
    inputs: 0,
    wakeAt: null,
    createdAt: NOW,
    updatedAt: NOW,
    damaged: null,
  };
  expect((await ask(sessionPage, '/v1/sessions')).json).toEqual({ sessions: [row] });
  expect((await ask(sessionView, '/v1/sessions/a%2F1')).json).toEqual({
    ...row,
    turn: null,
    waitsFor: null,
    approvals: [],
    pending: [],
    last: { turn: 1, outcome: 'answered' },
    quarantine: null,
  });
  expect((await ask(transcriptPage, '/v1/sessions/a%2F1/messages')).json).toEqual({
    messages: [
      { seq: 3, at: NOW, role: 'user', text: 'hi', input: 'm1' },
      {
        seq: 5,
        at: NOW,
        role: 'assistant',
        text: 'Looking.',
        calls: [{ call: '1.1', tool: 'look', input: { at: 'x' } }],
      },
      { seq: 7, at: NOW, role: 'tool', text: 'blue', call: '1.1', tool: 'look', outcome: 'finished' },
      { seq: 9, at: NOW, role: 'assistant', text: 'It is blue.' },
    ],
  });
});

it('effects', async () => {
  const script = [
    {
      tools: [
        { name: 'put', input: { at: 'x' } },
        { name: 'none', input: {} },
      ],
    },
    { text: 'Done.' },
  ];
  const tools = [testTool('put', () => 'done', { effect: () => 'idempotent' })];
  world = await startHttp({ script, tools, clock: { ...systemClock, now: () => NOW } });
  await say('m1', waiting);
  const refused = {
    seq: 6,
    call: '1.2',
    tool: 'none',
    effect: null,
    input: {},
    key: null,
    attempts: 0,
    startedAt: null,
    endedAt: NOW,
    outcome: 'refused',
    reason: 'there is no tool "none"',
  };
  const put = {
    seq: 7,
    call: '1.1',
    tool: 'put',
    effect: 'idempotent',
    input: { at: 'x' },
    key: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    attempts: 1,
    startedAt: NOW,
    endedAt: NOW,
    outcome: 'finished',
  };
  const path = '/v1/sessions/a%2F1/effects';
  expect((await ask(effectPage, path)).json).toEqual({ effects: [refused, put] });
  expect((await ask(effectPage, `${path}?limit=1`)).json).toEqual({ effects: [refused], next: 6 });
  expect((await ask(effectPage, `${path}?after=6`)).json).toEqual({ effects: [put] });
});

it('approvals, elicitations, decisions and grants', async () => {
  const permit = { verdict: 'ask', rule: 'look', patience: 60_000, isGrantedBy: () => false } as const;
  await start({ decideOnCall: () => permit });
  await say('m1');
  const id = await pendingQuestion(world.engine, 'a/1');
  const asked = {
    approval: id,
    session: 'a/1',
    agent: 'main',
    call: '1.1',
    tool: 'look',
    input: { at: 'x' },
    rule: 'look',
    requester: 'ann',
    state: 'pending',
    requestedAt: NOW,
    expiresAt: NOW + 60_000,
    resolvedAt: null,
    from: null,
    note: null,
    inquiry: null,
    content: null,
  };
  expect((await ask(approvalPage, '/v1/approvals?state=pending&session=a%2F1&limit=5')).json).toEqual({
    approvals: [asked],
  });
  expect((await ask(approval, `/v1/approvals/${id}`)).json).toEqual(asked);
  expect((await ask(sessionView, '/v1/sessions/a%2F1')).json).toMatchObject({
    status: 'waiting',
    waitsFor: 'approval',
    approvals: [asked],
    turn: { number: 1, startedAt: NOW, inputs: ['m1'], steps: 1, retryAt: null },
  });
  const approve: z.input<typeof decision> = { decision: 'approve', from: 'ben', note: 'go', scope: 'always' };
  expect(await ask(decisionReceipt, `/v1/sessions/a%2F1/approvals/${id}`, approve)).toEqual({
    status: 202,
    type: 'application/json',
    json: { session: 'a/1', approval: id, decision: 'approve', seq: 6 },
  });
  await say('m1', waiting);
  const resolved = { state: 'approved', resolvedAt: NOW, from: 'ben', note: 'go' };
  expect((await ask(approval, `/v1/approvals/${id}`)).json).toEqual({ ...asked, ...resolved });
  expect((await ask(grantPage, '/v1/grants')).json).toEqual({
    grants: [{ agent: 'main', session: null, rule: 'look', at: NOW, from: 'ben' }],
  });
  const grant = { agent: 'main', rule: 'look' };
  const gone = { ...grant, session: null };
  expect((await ask(revoked, '/v1/grants', grant, {}, 'DELETE')).json).toEqual(gone);
  expect(await ask(problem, '/v1/grants', grant, {}, 'DELETE')).toMatchObject({
    status: 404,
    json: { code: 'grant_not_found' },
  });
  expect(await ask(problem, `/v1/sessions/a%2F1/approvals/${id}`, { decision: 'deny' })).toMatchObject({
    status: 409,
    json: { code: 'approval_closed', state: 'approved', from: 'ben' },
  });
  expect(await ask(problem, '/v1/sessions/b/approvals/x', { decision: 'deny' })).toMatchObject({
    status: 404,
    json: { code: 'approval_not_found' },
  });
});
