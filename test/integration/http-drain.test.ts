import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';
import { openSse } from '../support/sse.ts';

let world: HttpWorld;

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
}

afterEach(() => world.close());

/** One connection that lives on. */
function keepAlive() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: string, path: string, body?: object, headers = {}) => {
    const sent = request(world.url + path, {
      method,
      agent,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    });
    sent.end(body && JSON.stringify(body));
    const [response]: [IncomingMessage] = await new Promise((resolve, reject) => {
      sent.on('response', (answer) => resolve([answer]));
      sent.on('error', reject);
    });
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) };
  };
  return { ask, agent };
}

it('[A4] answers what still comes on open connections, and tells them to close', async () => {
  await start({ idle: 10_000 });
  const client = keepAlive();
  expect((await client.ask('GET', '/v1/status')).headers.connection).toBe('keep-alive');
  const drained = world.drain();
  const late = await client.ask('POST', '/v1/sessions/a/messages', { text: 'late' });
  expect(late).toMatchObject({ status: 202, headers: { connection: 'close' } });
  await drained;
  await expect(client.ask('GET', '/v1/status')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('[A4] answers who waits for an outcome with the receipt', async () => {
  await start({ script: [{ text: 'late', delay: 60_000 }] });
  const { ask } = keepAlive();
  const delivered = new Promise((resolve) => world.engine.journal.watch(resolve));
  const waiting = ask('POST', '/v1/sessions/a/messages', { text: 'hi', id: 'm1' }, { prefer: 'wait=60' });
  await delivered;
  const drained = world.drain();
  expect(await waiting).toMatchObject({
    status: 202,
    headers: { connection: 'close' },
    body: { input: 'm1' },
  });
  await drained;
});

it('[I1] ends streams soon, with the position to continue from', async () => {
  await start();
  const notes = await NoteWriter.open(world.engine.journal, 'a');
  await notes.writeNotes(3);
  const streams = await Promise.all([1, 2, 3].map(() => openSse(`${world.url}/v1/sessions/a/events`)));
  for (const stream of streams) await stream.take(3);
  const drained = world.drain();
  for (const stream of streams) {
    const rest = await stream.rest();
    expect(rest).toEqual([{ event: 'reconnect', data: '{"after":3}' }]);
    const retry = stream.retries.at(-1);
    expect(retry).toBeGreaterThanOrEqual(20);
    expect(retry).toBeLessThanOrEqual(50);
  }
  await drained;
});

it('sends who comes for a stream on an open connection elsewhere at once', async () => {
  await start({ idle: 10_000 });
  const notes = await NoteWriter.open(world.engine.journal, 'a');
  await notes.writeNotes(3);
  const { ask, agent } = keepAlive();
  await ask('GET', '/v1/status');
  const drained = world.drain();
  const sent = request(`${world.url}/v1/sessions/a/events?after=2`, {
    agent,
    headers: { accept: 'text/event-stream' },
  });
  sent.end();
  const [response] = await once(sent, 'response');
  expect(response).toMatchObject({ statusCode: 200, headers: { connection: 'close' } });
  expect(await text(response)).toContain('event: reconnect\ndata: {"after":2}');
  await drained;
});

it('[C1] answers who uses the connection of an ended stream again', async () => {
  await start({ idle: 10_000 });
  const notes = await NoteWriter.open(world.engine.journal, 'a');
  await notes.writeNotes(1);
  const { ask, agent } = keepAlive();
  const stream = await openSse(`${world.url}/v1/sessions/a/events`, {}, { agent });
  await stream.take(1);
  const drained = world.drain();
  expect(await stream.rest()).toEqual([{ event: 'reconnect', data: '{"after":1}' }]);
  const late = await ask('POST', '/v1/sessions/a/messages', { text: 'late' });
  expect(late).toMatchObject({ status: 202, headers: { connection: 'close' } });
  await drained;
});

it('is no longer ready', async () => {
  await start({ idle: 10_000 });
  const { ask } = keepAlive();
  await ask('GET', '/readyz');
  const drained = world.drain();
  expect(await ask('GET', '/readyz')).toMatchObject({ status: 503, body: { code: 'not_ready' } });
  await drained;
});

it('closes connections that stay idle, and streams whose reader takes nothing', async () => {
  await start({ idle: 20 });
  const notes = await NoteWriter.open(world.engine.journal, 'a');
  await notes.writeNotes(3_000, 'x'.repeat(10_000));
  const stuck = await openSse(`${world.url}/v1/sessions/a/events`);
  stuck.response.pause();
  stuck.response.socket.pause();
  const { ask } = keepAlive();
  await ask('GET', '/v1/status');
  await world.drain();
  stuck.close();
});

it('drains once, however often it is asked', async () => {
  await start();
  expect(world.tcp.drain()).toBe(world.tcp.drain());
  await world.drain();
});
