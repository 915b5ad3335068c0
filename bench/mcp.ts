import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createMcp, type Mcp } from '../src/tools/mcp/mcp.ts';
import { loginsIn } from '../test/support/logins.ts';
import { type Bench, formatMillis, formatRatio, median, onDisk, type Row } from './measure.ts';

const SERVER = [
  join(import.meta.dirname, '../node_modules/@modelcontextprotocol/server-everything/dist/index.js'),
  'stdio',
];
const ROUNDS = 20;
const CALLS = 200;

/** What a call of an MCP tool costs beside the library's own client with its own transport, one call at a time. */
export const mcp: Bench = {
  name: 'mcp',
  run: () =>
    onDisk(async (folder) => {
      const bare = new Client({ name: 'bare', version: '1' });
      await bare.connect(
        new StdioClientTransport({ command: process.execPath, args: SERVER, stderr: 'ignore' }),
      );
      await bare.listTools();
      const ours = await connectMcp(folder);
      const tool = ours.get('mcp__everything__echo');
      const signal = new AbortController().signal;
      const context = { session: 's', call: '1.1', key: 'key', attempt: 1, signal };
      const ways = {
        bare: () => bare.callTool({ name: 'echo', arguments: { message: 'hello' } }),
        ours: async () => tool?.run({ message: 'hello' }, context),
      };
      const took: Record<keyof typeof ways, number[]> = { bare: [], ours: [] };
      for (let round = 0; round < ROUNDS; round += 1) {
        took.bare.push(await timePerCall(ways.bare));
        took.ours.push(await timePerCall(ways.ours));
      }
      await Promise.all([bare.close(), ours.close()]);
      return [callRow(warmMedian(took.ours), warmMedian(took.bare))];
    }),
};

function connectMcp(folder: string): Promise<Mcp> {
  return new Promise((resolve) => {
    const servers = createMcp({
      folder,
      logins: loginsIn(folder),
      redact: (text) => text,
      report: (event) => {
        if (event === 'mcp:ready') resolve(servers);
      },
    });
    const common = { enabled: true, effects: {}, env: {}, cwd: folder };
    servers.applyServers({
      everything: { type: 'stdio', command: process.execPath, args: SERVER, ...common },
    });
  });
}

/** Milliseconds for each call. */
async function timePerCall(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let count = 0; count < CALLS; count += 1) await call();
  return (performance.now() - start) / CALLS;
}

/** Both sides need some rounds until their code is compiled. */
function warmMedian(rounds: readonly number[]): number {
  return median(rounds.slice(ROUNDS / 2));
}

function callRow(value: number, against: number): Row {
  const ratio = value / against;
  return {
    what: 'call of an MCP tool over stdio',
    value: formatMillis(value),
    against: `the library's own client: ${formatMillis(against)}`,
    ratio: formatRatio(ratio),
    aim: `≤ ${formatRatio(1.5)}`,
    met: ratio <= 1.5,
  };
}
