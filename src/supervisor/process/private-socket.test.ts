import { expect, it } from 'vitest';
import { resolveHome } from '../../util/home.ts';
import { checkSocketPaths } from './private-socket.ts';

it('refuses a home in which the socket path of any process id would be too long for the kernel', () => {
  const fits = `/${'x'.repeat(107 - '//run/generation-4194304.sock'.length)}`;
  expect(() => checkSocketPaths(resolveHome(fits))).not.toThrow();
  expect(() => checkSocketPaths(resolveHome(`${fits}x`))).toThrow(/generation-4194304\.sock has 108 bytes/);
});
