import { describe, expect, it } from 'vitest';
import { assertSafeAddress } from './safe-fetch.ts';

const REMOTE = 'https://mcp.example.com/mcp';
const LOCAL = 'http://127.0.0.1:9000/mcp';

describe('a login asks', () => {
  it.each([
    [REMOTE, 'https://login.example.com/token'],
    [LOCAL, 'https://login.example.com/token'],
    [LOCAL, 'http://127.0.0.1:9001/token'],
    [LOCAL, 'http://localhost/token'],
    [LOCAL, 'http://[::1]:9001/token'],
  ])('for %s at %s', (server, address) => {
    expect(() => assertSafeAddress(address, server)).not.toThrow();
  });

  it.each([
    [REMOTE, 'http://login.example.com/token'],
    [REMOTE, 'http://127.0.0.1:6379/'],
    [REMOTE, 'http://localhost/'],
    [REMOTE, 'http://169.254.169.254/latest/meta-data'],
    [REMOTE, 'file:///etc/passwd'],
    [REMOTE, 'javascript:alert(1)'],
    [LOCAL, 'http://127.0.0.1.example.com/'],
    [LOCAL, 'http://10.0.0.1/'],
  ])('for %s not at %s', (server, address) => {
    expect(() => assertSafeAddress(address, server)).toThrow(/neither https nor/);
  });
});
