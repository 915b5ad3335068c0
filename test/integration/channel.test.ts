import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

it('[J2] a generation whose supervisor has died before it noticed lives to leave properly, whatever it says meanwhile', async () => {
  const child = fork(new URL('../fixtures/tells-too-late.ts', import.meta.url), {
    execArgv: [],
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  await once(child, 'message');
  child.disconnect();
  // It reads this with all its attention, and hears of nothing else until then.
  child.stdin?.end();
  expect(await exit).toEqual([42, null]);
});
