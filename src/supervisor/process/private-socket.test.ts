import { expect, it } from 'vitest';
import { homeAt } from '../../util/home.ts';
import { checkSocketPaths } from './private-socket.ts';

it("a home whose generations' sockets would be cut by the kernel is refused, whatever process ids come", () => {
  const fits = `/${'x'.repeat(107 - '//run/generation-4194304.sock'.length)}`;
  expect(() => checkSocketPaths(homeAt(fits))).not.toThrow();
  expect(() => checkSocketPaths(homeAt(`${fits}x`))).toThrow(/generation-4194304\.sock has 108 bytes/);
});
