import { afterEach, expect, it } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { readAddress } from '../support/address.ts';
import { Daemon } from '../support/daemon.ts';

let daemon: Daemon;

afterEach(() => daemon.dispose());

/** A daemon whose address the client has, over the sockets that a generation inherits. */
async function up(config: object) {
  daemon = new Daemon(config);
  await daemon.startUp();
  return `http://${readAddress(daemon.home)}`;
}

it('[K1] tells the inherited sockets apart: TCP needs a token, the unix socket does not', async () => {
  const url = await up({ auth: { tokens: ['a-long-enough-token-of-the-test'] } });
  await expect(createNodeClient({ url }).getStatus()).rejects.toMatchObject({ status: 401 });
  expect(
    (await createNodeClient({ url, token: 'a-long-enough-token-of-the-test' }).getStatus()).mode,
  ).toBeDefined();
  expect((await daemon.client.getStatus()).mode).toBeDefined();
});

it('[I1] is followed over a restart and a kill -9: each event once and in order', async () => {
  const url = await up({});
  const client = createNodeClient({ url });
  const answered = new Set<number>();
  const seqs: number[] = [];
  const stop = new AbortController();
  await client.sendAndWait('a', { text: 'one' }, 30);
  for await (const item of client.followSession('a', 0, stop.signal)) {
    if (item.kind !== 'event') continue;
    seqs.push(item.event.seq);
    if (item.event.type !== 'turn_finished') continue;
    answered.add(item.event.turn);
    if (item.event.turn === 1) {
      // Until then the generation that is killed below may be the one that leaves.
      const done = daemon.waitForLog(({ msg, cause }) => msg === 'handover:done' && cause !== 'start');
      await client.restart();
      await done;
      await client.sendMessage('a', { text: 'two' });
    }
    if (item.event.turn === 2) {
      await daemon.killGeneration();
      await client.sendMessage('a', { text: 'three' });
    }
    if (item.event.turn === 3) stop.abort();
  }
  expect([...answered]).toEqual([1, 2, 3]);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
});
