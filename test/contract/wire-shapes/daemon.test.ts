import { afterEach, expect, it } from 'vitest';
import {
  configApplied,
  configDiff,
  configPlan,
  configRevisions,
  configRevisionView,
  configView,
} from '../../../src/protocol/config.ts';
import { daemonStatus, requestAccepted } from '../../../src/protocol/daemon.ts';
import { handoverListPage, handoverReport } from '../../../src/protocol/handovers.ts';
import { mcpLogin, mcpLoginDone, mcpServerList } from '../../../src/protocol/mcp.ts';
import { PROBLEM_TYPE, problem } from '../../../src/protocol/problem.ts';
import { HANDOVER, MCP_SERVER } from '../../support/control.ts';
import type { HttpWorld } from '../../support/http.ts';
import { createTalk, NOW, startLookingAgent } from './talk.ts';

let world: HttpWorld;
const { ask } = createTalk(() => world);

afterEach(() => world.close());

async function start() {
  world = await startLookingAgent();
}

it('status, restart, stop and health', async () => {
  await start();
  expect((await ask(daemonStatus, '/v1/status')).json).toEqual({
    version: '0.1.0',
    mode: 'normal',
    reasons: [],
    generation: { number: 1, startedAt: NOW },
    revision: { number: 1, state: 'good' },
    config: { problem: null },
    mcp: [],
    sessions: { idle: 0, queued: 0, running: 0, waiting: 0, quarantined: 0 },
    waiting: [],
    handover: null,
  });
  expect(await ask(requestAccepted, '/v1/restart', { reason: 'new key' })).toMatchObject({
    status: 202,
    json: { requested: 'restart', reason: 'new key', handover: '3' },
  });
  expect((await ask(requestAccepted, '/v1/stop', {})).json).toEqual({
    requested: 'stop',
    reason: 'asked for over the API',
    handover: null,
  });
});

it('MCP servers and logins', async () => {
  await start();
  expect((await ask(mcpServerList, '/v1/mcp')).json).toEqual({
    servers: [
      {
        server: 'wiki',
        state: 'needs_login',
        error: 'needs a login: run `midturn mcp login wiki`',
        retryAt: NOW + 60_000,
        tools: 0,
        login: {
          since: null,
          scope: null,
          pending: { login: 'l-1', expiresAt: NOW + 600_000 },
          last: null,
        },
      },
    ],
  });
  expect((await ask(mcpServerList, '/v1/mcp')).json).toEqual({ servers: [MCP_SERVER] });
  expect((await ask(mcpLogin, '/v1/mcp/wiki/login', {})).json).toEqual({
    server: 'wiki',
    login: 'l-1',
    url: 'https://login.example.com/authorize?state=right',
    expiresAt: NOW + 600_000,
  });
  const address = 'http://127.0.0.1:7717/v1/mcp/callback?state=right&code=c';
  expect((await ask(mcpLoginDone, '/v1/mcp/login', { address }, {}, 'PUT')).json).toEqual({ server: 'wiki' });
  expect(await ask(problem, '/v1/mcp/login', { address: 'http://x/?state=wrong' }, {}, 'PUT')).toMatchObject({
    status: 400,
    type: PROBLEM_TYPE,
    json: { code: 'mcp_login_unknown' },
  });
  expect((await ask(mcpLoginDone, '/v1/mcp/wiki/login', {}, {}, 'DELETE')).json).toEqual({ server: 'wiki' });
  expect(world.wishes).toEqual(['login: wiki', 'answer: c', 'logout: wiki']);
});

it('handovers', async () => {
  await start();
  expect((await ask(handoverReport, '/v1/handovers/2')).json).toEqual(HANDOVER);
  expect((await ask(handoverListPage, '/v1/handovers?limit=1')).json).toEqual({
    handovers: [HANDOVER],
    next: '2',
  });
});

it('configuration, plan and change', async () => {
  await start();
  const hash = 'a'.repeat(64);
  expect((await ask(configView, '/v1/config')).json).toEqual({
    source: '{}',
    hash,
    origin: 'file',
    revision: { number: 1, state: 'good' },
    problem: null,
    writable: true,
  });
  const changes = [{ path: 'listen', apply: 'handover', kind: 'changed', before: 'a:1', after: 'b:1' }];
  expect((await ask(configPlan, '/v1/config/plan', { patch: { listen: 'b:1' } })).json).toEqual({
    apply: 'handover',
    changes,
    affected: { running: 1, waiting: 0, queued: 0, agents: { main: 1 } },
    estimate: { most: 61_000, words: 'A new generation serves after about 1 s.' },
  });
  const applied = { revision: 2, applied: 'handover', handover: '3', keys: ['listen'], hash };
  expect((await ask(configApplied, '/v1/config', { source: '{}' }, {}, 'PUT')).json).toEqual(applied);
  expect((await ask(configApplied, '/v1/config', { listen: 'b:1' }, {}, 'PATCH')).json).toEqual(applied);
  expect((await ask(configApplied, '/v1/config/rollback', { revision: 1 })).json).toEqual(applied);
  const revision = { number: 1, at: NOW, hash, origin: 'file', state: 'good', keys: [] };
  expect((await ask(configRevisions, '/v1/config/revisions')).json).toEqual({
    revisions: [revision],
    current: 1,
  });
  expect((await ask(configRevisionView, '/v1/config/revisions/1')).json).toEqual({
    ...revision,
    source: '{}',
  });
  expect((await ask(configDiff, '/v1/config/diff?from=1')).json).toEqual({
    from: 1,
    to: null,
    changes,
    text: '-a\n+b\n',
  });
});
