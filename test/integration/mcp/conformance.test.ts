import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const client = join(root, 'test/fixtures/mcp/conformance-client.ts');

/** Those of the client scenarios that apply: the others need a person with a browser, or elicitation. */
const SCENARIOS = [
  'initialize',
  'tools_call',
  'sse-retry',
  'auth/client-credentials-basic',
  'auth/client-credentials-jwt',
];

describe('[F4] the conformance suite of the MCP project', () => {
  it.for(SCENARIOS)('passes our client in %s', async (scenario) => {
    const command = `${process.execPath} ${client}`;
    const args = [suite, 'client', '--command', command, '--scenario', scenario, '--timeout', '30000'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(`${stdout}${stderr}`).toMatch(/, 0 failed/);
  });
});
