import { expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { eventsOf, thinkingDaemon } from '../support/handovers.ts';
import { requestHealth, requestRepeatedly } from '../support/knocking.ts';
import { waitForLogLine } from './stage.ts';

it('[J2] after a kill -9 of a generation the next one serves at once: clients that connect meanwhile wait and are answered', async (t) => {
  const never = new Promise(() => {});
  const { daemon, server } = await thinkingDaemon(t, (_, { calls }) =>
    calls.get(1) === 1 ? { hold: never } : { text: 'here' },
  );
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const over = new AbortController();
  const places = [{ socketPath: daemon.home.socket }, tcpOf(daemon)];
  const knocking = places.map((place) => requestRepeatedly(place, over.signal));
  const crashed = daemon.waitForLog(({ msg }) => msg === 'generation:crashed');
  process.kill(daemon.generationPid, 'SIGKILL');
  await crashed;
  // From here on no process accepts until the next generation does.
  const late = Promise.all(places.flatMap((place) => Array.from({ length: 20 }, () => requestHealth(place))));
  await waitForLogLine(daemon, { msg: 'generation:serving', generation: 2 });
  expect(await late).toEqual(Array(40).fill('200'));
  over.abort();
  for (const answers of await Promise.all(knocking)) {
    // A request that the killed process had taken dies with it, read (ECONNRESET) or before it was written (EPIPE, on
    // the unix socket). A closed port is ECONNREFUSED or ENOENT.
    const taken = ['200', 'ECONNRESET', 'EPIPE'];
    const others = [...new Set(answers)].filter((answer) => !taken.includes(answer));
    expect(others).toEqual([]);
    expect(answers.filter((answer) => answer === '200').length).toBeGreaterThan(1);
  }
  await eventsOf(daemon, 's', 'a');
  expect(server.calls.get(1)).toBe(2);
});

function tcpOf({ log }: Daemon) {
  const address = String(log.find(({ msg }) => msg === 'supervisor:listening')?.['address']);
  const [host, port] = address.split(':');
  return { host, port };
}
