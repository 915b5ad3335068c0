import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { WireEvent } from '../../../src/protocol/events.ts';
import { Daemon } from '../../support/daemon.ts';

const HANDOVERS = 20;
/** Milliseconds between two messages of one sender, whether or not the last one was answered. */
const EVERY = 60;

it('[A4] [C1] [I1] twenty handovers under load: no request fails, no event is missed or doubled, order is kept', async (t) => {
  const daemon = new Daemon({
    providers: {
      scripted: { type: 'scripted', concurrency: 64, scripts: { main: [{ text: 'heard {input}' }] } },
    },
    agents: { main: { model: 'scripted/main' } },
  });
  t.onTestFinished(() => daemon.dispose());
  await daemon.up();
  const { tcp, unix } = await addressesOf(daemon);
  const senders = [
    new Sender('tcp/alive', tcp, true),
    new Sender('tcp/fresh', tcp, false),
    new Sender('unix/alive', unix, true),
    new Sender('unix/fresh', unix, false),
  ].flatMap((sender) => [sender, sender.twin()]);
  const over = new AbortController();
  const loads = senders.map((sender) => sender.run(over.signal));
  const seen = new Map<string, number[]>();
  const following = senders.map(({ session }) => follow(daemon, session, seen, over.signal));

  for (let n = 1; n <= HANDOVERS; n += 1) {
    const next = n + 1;
    const drained = daemon.heard(({ msg, generation }) => msg === 'generation:drained' && generation === n);
    const serving = daemon.heard(
      ({ msg, generation }) => msg === 'generation:serving' && generation === next,
    );
    await daemon.client.restart(`the ${n}th time`);
    await Promise.all([drained, serving]);
  }
  over.abort();
  await Promise.all([...loads, ...following]);

  expect(senders.flatMap(({ failures }) => failures)).toEqual([]);
  for (const { session, sent } of senders) {
    expect(sent).toBeGreaterThan(HANDOVERS);
    const events = await everything(daemon, session, sent);
    const order = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
    expect(order).toEqual(Array.from({ length: sent }, (_, n) => String(n)));
    const answered = events.flatMap((event) =>
      event.type === 'turn_finished' && event.outcome === 'answered' ? event.inputs : [],
    );
    expect([...answered].sort()).toEqual([...order].sort());
    const positions = seen.get(session) ?? [];
    expect(positions).toEqual(positions.map((_, index) => index + 1));
  }
});

/** Sends a message every so often, over its own connection or a new one each time. */
class Sender {
  readonly session: string;
  readonly failures: string[] = [];
  sent = 0;
  readonly #where: object;
  readonly #keepAlive: boolean;
  readonly #agent: Agent;

  constructor(session: string, where: object, keepAlive: boolean) {
    this.session = session;
    this.#where = where;
    this.#keepAlive = keepAlive;
    this.#agent = new Agent({ keepAlive, maxSockets: 8 });
  }

  twin(): Sender {
    return new Sender(`${this.session}/twin`, this.#where, this.#keepAlive);
  }

  async run(over: AbortSignal): Promise<void> {
    // In order, so that the order of arrival can be checked.
    for (let busy = Promise.resolve(); !over.aborted; ) {
      busy = this.#send(String(this.sent));
      this.sent += 1;
      await Promise.all([busy, new Promise((resolve) => setTimeout(resolve, EVERY))]);
    }
    this.#agent.destroy();
  }

  #send(id: string): Promise<void> {
    const path = `/v1/sessions/${encodeURIComponent(this.session)}/messages`;
    const headers = { 'content-type': 'application/json' };
    return new Promise((resolve) => {
      const failed = (why: unknown) => {
        this.failures.push(`${this.session} ${id}: ${why}`);
        resolve();
      };
      const sent = request(
        { ...this.#where, method: 'POST', path, headers, agent: this.#agent },
        (answer) => {
          text(answer).then((body) => (answer.statusCode === 202 ? resolve() : failed(body)), failed);
        },
      );
      sent.on('error', failed);
      sent.end(JSON.stringify({ text: `message ${id}`, id, mode: 'queue' }));
    });
  }
}

async function addressesOf({ home, log }: Daemon) {
  const address = String(log.find(({ msg }) => msg === 'supervisor:listening')?.['address']);
  const [host, port] = address.split(':');
  return { tcp: { host, port }, unix: { socketPath: home.socket } };
}

async function follow(daemon: Daemon, session: string, seen: Map<string, number[]>, over: AbortSignal) {
  const positions: number[] = [];
  seen.set(session, positions);
  while (!over.aborted) {
    try {
      const after = positions.at(-1) ?? 0;
      for await (const item of daemon.client.follow(session, after, over)) {
        if (item.kind === 'event') positions.push(item.event.seq);
      }
    } catch (error) {
      // Its first message may not have been sent yet.
      if (!String(error).includes('There is no session')) throw error;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }
}

/** All events of a session once every message has its outcome. */
async function everything({ client }: Daemon, session: string, messages: number): Promise<WireEvent[]> {
  const events: WireEvent[] = [];
  let closed = 0;
  for await (const item of client.follow(session, 0, AbortSignal.timeout(30_000))) {
    if (item.kind !== 'event') continue;
    events.push(item.event);
    if (item.event.type === 'turn_finished') closed += item.event.inputs.length;
    if (closed === messages) return events;
  }
  throw new Error(`${session}: ${closed} of ${messages} messages have an outcome`);
}
