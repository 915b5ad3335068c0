import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const client = join(root, 'test/fixtures/mcp/conformance-client.ts');

/**
 * All client scenarios except two: cross-app access, which Midturn does not support, and
 * `auth/2025-03-26-oauth-metadata-backcompat`, whose metadata names a different issuer than the requested one (RFC 8414,
 * section 3.3 forbids using it).
 */
const SCENARIOS = [
  'initialize',
  'tools_call',
  'sse-retry',
  'elicitation-sep1034-client-defaults',
  'auth/client-credentials-basic',
  'auth/client-credentials-jwt',
  'auth/metadata-default',
  'auth/metadata-var1',
  'auth/metadata-var2',
  'auth/metadata-var3',
  'auth/basic-cimd',
  'auth/scope-from-www-authenticate',
  'auth/scope-from-scopes-supported',
  'auth/scope-omitted-when-undefined',
  'auth/scope-step-up',
  'auth/scope-retry-limit',
  'auth/token-endpoint-auth-basic',
  'auth/token-endpoint-auth-post',
  'auth/token-endpoint-auth-none',
  'auth/pre-registration',
  'auth/2025-03-26-oauth-endpoint-fallback',
  'auth/resource-mismatch',
  'auth/offline-access-scope',
  'auth/offline-access-not-supported',
];

describe('[F4] the conformance suite of the MCP project', () => {
  it.for(SCENARIOS)('passes in %s', async (scenario) => {
    const command = `${process.execPath} ${client}`;
    const args = [suite, 'client', '--command', command, '--scenario', scenario, '--timeout', '30000'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(`${stdout}${stderr}`).toMatch(/, 0 failed/);
  });
});
