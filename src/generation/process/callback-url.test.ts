import { expect, it } from 'vitest';
import { callbackUrl } from './callback-url.ts';

it.each([
  ['127.0.0.1:7717', 'http://127.0.0.1:7717/v1/mcp/callback'],
  ['0.0.0.0:80', 'http://127.0.0.1:80/v1/mcp/callback'],
  ['[::]:7717', 'http://127.0.0.1:7717/v1/mcp/callback'],
  ['[::1]:7717', 'http://[::1]:7717/v1/mcp/callback'],
  ['10.0.0.1:7717', 'http://10.0.0.1:7717/v1/mcp/callback'],
])('a daemon that listens on %s is found at %s', (address, url) => {
  expect(callbackUrl([{ kind: 'tcp', fd: 3, address }])).toBe(url);
});

it('returns undefined for a daemon without a TCP listener', () => {
  expect(callbackUrl([{ kind: 'unix', fd: 3, address: '/run/midturn.sock' }])).toBeUndefined();
});
