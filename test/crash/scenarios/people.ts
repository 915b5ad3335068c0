import { join } from 'node:path';
import { ApiError } from '../../../src/errors/http.ts';
import type { WireEvent } from '../../../src/protocol/events.ts';
import type { CountingServer } from '../../support/counting-server.ts';
import type { Daemon } from '../../support/daemon.ts';
import { followAcrossRestarts, retryUntilAccepted } from '../patience.ts';
import { allowLoopback, createAgent, fetchTool, type Scenario, SESSION, type Send } from './scenario.ts';

/** Scenarios in which approvers or another session take part. */
export const approverScenarios: Scenario[] = [
  {
    name: 'a call that somebody approves',
    proves: '[G1][G2]',
    config: (world) => createApprovalAgent(world, '1h'),
    async play(send, daemon) {
      await send('a', 'go');
      await decideQuestion(daemon, 'approve');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'a call that somebody denies',
    proves: '[G1][G2]',
    config: (world) => createApprovalAgent(world, '1h'),
    async play(send, daemon) {
      await send('a', 'go');
      await decideQuestion(daemon, 'deny');
      return ['a'];
    },
    atMost: { write: 0 },
  },
  {
    name: 'a call that nobody approves in time',
    proves: '[G1][G3]',
    config: (world) => createApprovalAgent(world, '1s'),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { write: 0 },
  },
  {
    name: 'a turn that asks whether it may continue at its limit',
    proves: '[A7][G1]',
    config: (world) => ({
      ...createAgent([{ tools: [fetchTool(world, 'write', 'POST')] }, { text: 'All done.' }]),
      limits: { turnModelCalls: 1, atTurnLimit: 'ask' },
      tools: allowLoopback,
    }),
    async play(send, daemon) {
      await send('a', 'go');
      await decideQuestion(daemon, 'approve');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'work that another session does',
    proves: '[H1]',
    config: (world) => ({
      providers: {
        scripted: {
          type: 'scripted',
          scripts: {
            play: [
              { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'Write it.' } }] },
              { text: 'They say: {result}' },
            ],
            // The answer is the same whether the model knows the outcome of the call or not.
            help: [{ tools: [fetchTool(world, 'write', 'POST')] }, { text: 'It is done.' }],
          },
        },
      },
      agents: {
        main: { model: 'scripted/play', tools: { '*': 'allow' } },
        helper: { model: 'scripted/help', tools: { '*': 'allow' } },
      },
      tools: allowLoopback,
    }),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'work that another session asks about',
    proves: '[G1][G3][H1]',
    config: createDelegatingAgent,
    async play(send, daemon) {
      await send('a', 'go');
      await decideQuestion(daemon, 'approve');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'an MCP call that asks people before it writes',
    proves: '[B2][G1][F1][F2]',
    config: (world) => createElicitingAgent(world, 'rounds', 'write'),
    play: answerEverything,
    atMost: { deploy: 1 },
  },
  {
    name: 'an idempotent MCP call that asks people',
    proves: '[B2][G1][F1][F2]',
    config: (world) => createElicitingAgent(world, 'rounds', 'idempotent'),
    play: answerEverything,
    atMost: {},
  },
];

/** A running call that asks a question, which does not survive a handover. */
export const liveScenario: Scenario = {
  name: 'an MCP call that asks while it runs',
  proves: '[B2][G1][F1]',
  config: (world) => createElicitingAgent(world, 'live', 'idempotent'),
  play: answerEverything,
  atMost: {},
};

/** Returns an agent whose only call goes to an MCP server that asks a question. */
function createElicitingAgent(world: CountingServer, how: 'rounds' | 'live', effect: string) {
  const server = {
    command: process.execPath,
    args: [join(import.meta.dirname, '../../fixtures/mcp/asking.ts'), how],
    env: { WORLD: world.url },
    effects: { deploy: effect },
  };
  return {
    ...createAgent([{ tools: [{ name: 'mcp__world__deploy', input: {} }] }, { text: 'All done.' }]),
    tools: { mcp: { world: server } },
  };
}

/** Answers every question of the session until the turn is over. */
async function answerEverything(send: Send, { client }: Daemon): Promise<string[]> {
  await send('a', 'go');
  const content = { place: 'staging' };
  for await (const event of followAcrossRestarts(client, SESSION)) {
    if (event.type === 'turn_finished') break;
    if (event.type !== 'approval_requested') continue;
    await ignoreClosedApproval(() =>
      client.decideApproval(SESSION, event.approval, { decision: 'approve', content }),
    );
  }
  return ['a'];
}

/** Returns an agent whose only call delegates to another agent, which needs an approval to write. */
function createDelegatingAgent(world: CountingServer) {
  const { agents, ...rest } = createApprovalAgent(world, '1h');
  const play = [
    { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'Write it.' } }] },
    { text: 'They say: {result}' },
  ];
  const scripts = { ...rest.providers.scripted.scripts, lead: play };
  return {
    ...rest,
    providers: { scripted: { ...rest.providers.scripted, scripts } },
    agents: { main: { model: 'scripted/lead', tools: { '*': 'allow' } }, helper: agents.main },
  };
}

/** Returns an agent whose only call writes and needs an approval first. */
function createApprovalAgent(world: CountingServer, timeout: string) {
  const { providers, agents } = createAgent([
    { tools: [fetchTool(world, 'write', 'POST')] },
    { text: 'All done.' },
  ]);
  const main = { ...agents.main, tools: { '*': 'allow', http_fetch: 'ask' }, approvals: { timeout } };
  return { providers, agents: { main }, tools: allowLoopback };
}

/** Decides the first question of the session; repeats the decision until the daemon has accepted it. */
async function decideQuestion({ client }: Daemon, decision: 'approve' | 'deny'): Promise<void> {
  for await (const event of followAcrossRestarts(client, SESSION)) {
    const asked = findQuestion(event);
    if (!asked) continue;
    const { session, approval } = asked;
    return ignoreClosedApproval(() => client.decideApproval(session, approval, { decision, from: 'ann' }));
  }
}

/** Repeats a decision until it is accepted; an answer that it was already decided also counts as done. */
async function ignoreClosedApproval(decide: () => Promise<unknown>): Promise<void> {
  try {
    await retryUntilAccepted(decide);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'approval_closed')) throw error;
  }
}

/** Returns the question of an event: the session's own, or a relayed one of a session below it. */
function findQuestion(event: WireEvent): { session: string; approval: string } | undefined {
  if (event.type === 'approval_requested') return { session: SESSION, approval: event.approval };
  if (event.type !== 'input_received' || event.input.kind !== 'question') return undefined;
  return event.input.question;
}
