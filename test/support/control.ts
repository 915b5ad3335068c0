import { ConfigConflictError } from '../../src/errors/config.ts';
import { HandoverNotFoundError, RevisionNotFoundError } from '../../src/errors/control.ts';
import { McpLoginUnknownError } from '../../src/errors/mcp-login.ts';
import type { Control } from '../../src/http/ports/control.ts';
import type { McpControl } from '../../src/http/ports/mcp.ts';
import type { ConfigApplied } from '../../src/protocol/config.ts';
import type { ConfigApi } from '../../src/protocol/config-api.ts';
import type { HandoverBody } from '../../src/protocol/handovers.ts';
import type { McpServerBody } from '../../src/protocol/mcp.ts';

const HASH = 'a'.repeat(64);
const AT = 1_700_000_000_000;

export const HANDOVER: HandoverBody = {
  id: '2',
  cause: 'config',
  reason: 'listen changed',
  phase: 'done',
  phases: [
    { phase: 'wanted', at: AT },
    { phase: 'done', at: AT + 900 },
  ],
  from: 1,
  to: 2,
  revision: { from: 1, to: 2 },
  keys: ['listen'],
  failure: null,
  sessions: [
    { session: 'a/1', state: 'moved', holding: ['model call 7'], after: 420, resumedAfter: 470 },
    { session: 'a/2', state: 'parked', holding: ['retry'], after: 3, resumedAfter: null },
  ],
};

/** Returns a daemon control that records every request and always answers the same. */
export function fakeControl(wishes: string[]): Control {
  return {
    async restart(reason) {
      wishes.push(`restart: ${reason}`);
      return { handover: '3' };
    },
    async stop(reason) {
      wishes.push(`stop: ${reason}`);
      return { handover: null };
    },
    listHandovers: async ({ after, limit }) =>
      ['2', '1']
        .filter((id) => after === undefined || Number(id) < Number(after))
        .slice(0, limit)
        .map((id) => ({ ...HANDOVER, id })),
    async getHandover(id) {
      if (id !== HANDOVER.id) throw new HandoverNotFoundError(id);
      return HANDOVER;
    },
    config: fakeConfig(wishes),
  };
}

function fakeConfig(wishes: string[]): ConfigApi {
  const write = async (what: string, base?: string): Promise<ConfigApplied> => {
    if (base !== undefined && base !== HASH) throw new ConfigConflictError('midturn.jsonc');
    wishes.push(what);
    return { revision: 2, applied: 'handover', handover: '3', keys: ['listen'], hash: HASH };
  };
  const revision = { number: 1, at: AT, hash: HASH, origin: 'file', state: 'good' } as const;
  const change = { path: 'listen', apply: 'handover', kind: 'changed', before: 'a:1', after: 'b:1' } as const;
  return {
    show: async () => ({
      source: '{}',
      hash: HASH,
      origin: 'file',
      revision: { number: 1, state: 'good' },
      problem: null,
      writable: true,
    }),
    plan: async () => ({
      apply: 'handover',
      changes: [change],
      affected: { running: 1, waiting: 0, queued: 0, agents: { main: 1 } },
      estimate: { most: 61_000, words: 'A new generation serves after about 1 s.' },
    }),
    replace: (source, base) => write(`replace: ${source}`, base),
    patch: (patch, base) => write(`patch: ${JSON.stringify(patch)}`, base),
    listRevisions: async () => ({ revisions: [{ ...revision, keys: [] }], current: 1 }),
    async getRevision(number) {
      if (number !== 1) throw new RevisionNotFoundError(number);
      return { ...revision, keys: [], source: '{}' };
    },
    diff: async (from, to) => ({ from, to, changes: [change], text: '-a\n+b\n' }),
    rollback: (number) => write(`rollback: ${number}`),
  };
}

export const MCP_SERVER: McpServerBody = {
  server: 'wiki',
  state: 'needs_login',
  error: 'needs a login: run `midturn mcp login wiki`',
  retryAt: AT + 60_000,
  tools: 0,
  login: { since: null, scope: null, pending: { login: 'l-1', expiresAt: AT + 600_000 }, last: null },
};

/** Returns a control of one MCP server, where a login succeeds when its `state` is "right". */
export function fakeMcp(wishes: string[]): McpControl {
  return {
    listServers: () => [MCP_SERVER],
    async beginLogin(server) {
      wishes.push(`login: ${server}`);
      return {
        login: 'l-1',
        url: 'https://login.example.com/authorize?state=right',
        expiresAt: AT + 600_000,
      };
    },
    async finishLogin(answer) {
      if (answer.get('state') !== 'right') throw new McpLoginUnknownError();
      wishes.push(`answer: ${answer.get('code')}`);
      return 'wiki';
    },
    async endLogin(server) {
      wishes.push(`logout: ${server}`);
    },
  };
}
