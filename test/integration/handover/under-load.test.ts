import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sessionEvent, type WireEvent } from '../../../src/protocol/events.ts';
import { parsePosition } from '../../../src/protocol/ids/position.ts';
import { Daemon } from '../../support/daemon.ts';
import { openSse } from '../../support/sse.ts';

const HANDOVERS = 20;
/** Milliseconds between two messages of one sender, whether or not the earlier ones are answered. */
const EVERY = 60;
/** Maximum number of unanswered messages of one sender, four seconds' worth; one more fails the test. */
const MOST_OPEN = 64;
/** Milliseconds that the test may take. It takes ten seconds, and many times as long on a loaded machine. */
const LONGEST = 120_000;
/** Maximum number of messages of one sender: as many as fit into that time. */
const MOST = LONGEST / EVERY;

it(
  '[A4] [C1] [I1] twenty handovers under load: no request fails, no event is missed or duplicated, order is kept',
  async (t) => {
    const daemon = new Daemon({
      providers: {
        scripted: { type: 'scripted', concurrency: 64, scripts: { main: [{ text: 'heard {input}' }] } },
      },
      agents: { main: { model: 'scripted/main', tools: { '*': 'allow' } } },
    });
    t.onTestFinished(() => daemon.dispose());
    const over = new AbortController();
    t.onTestFinished(() => over.abort());
    await daemon.startUp();
    const { tcp, unix } = addressesOf(daemon);
    // Every way to send is combined with every way to follow.
    const sessions = [tcp, unix].flatMap((to) =>
      [tcp, unix].flatMap((from) =>
        [true, false].map((keepAlive) => {
          const name = `${nameOf(to)}/${nameOf(from)}/${keepAlive ? 'alive' : 'fresh'}`;
          return { sender: new Sender(name, to, keepAlive), follower: new Follower(name, from, keepAlive) };
        }),
      ),
    );
    // A session can be followed only after its first message.
    await Promise.all(sessions.map(({ sender }) => sender.send('first')));

    await Promise.all([
      handOver(daemon, HANDOVERS).finally(() => over.abort()),
      ...sessions.map(({ sender }) => sender.load(over.signal)),
      ...sessions.map(({ follower }) => follower.run()),
    ]);

    for (const { sender, follower } of sessions) {
      const { session, messages } = sender;
      const { events } = follower;
      const order = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
      const answered = events.flatMap((event) =>
        event.type === 'turn_finished' && event.outcome === 'answered' ? event.inputs : [],
      );
      expect(messages.size, session).toBeGreaterThan(HANDOVERS);
      expect(overtaken(order, messages), session).toEqual([]);
      expect([...order].sort(), session).toEqual([...messages.keys()].sort());
      expect([...answered].sort(), session).toEqual([...messages.keys()].sort());
    }
  },
  LONGEST,
);

async function handOver(daemon: Daemon, times: number): Promise<void> {
  for (let n = 1; n <= times; n += 1) {
    const drained = daemon.waitForLog(
      ({ msg, generation }) => msg === 'generation:drained' && generation === n,
    );
    const serving = daemon.waitForLog(
      ({ msg, generation }) => msg === 'generation:serving' && generation === n + 1,
    );
    await daemon.client.restart(`the ${n}th time`);
    await Promise.all([drained, serving]);
  }
}

type Address = { host: string; port: number } | { socketPath: string };

function addressesOf({ home, log }: Daemon): { tcp: Address; unix: Address } {
  const address = String(log.find(({ msg }) => msg === 'supervisor:listening')?.['address']);
  const [host = '', port] = address.split(':');
  return { tcp: { host, port: Number(port) }, unix: { socketPath: home.socket } };
}

const nameOf = (address: Address) => ('host' in address ? 'tcp' : 'unix');
const pathOf = (session: string, what: string) => `/v1/sessions/${encodeURIComponent(session)}/${what}`;

/** Counter of events in this process, so that any two of them have an order. */
let moments = 0;
const now = () => ++moments;

/** When a message was sent, and when its 202 response arrived. */
interface Moments {
  sent: number;
  accepted: number;
}

/** Sends messages to its own session, over kept connections or a new one for each message. */
class Sender {
  readonly session: string;
  /** Messages by id, including `first` and `last`. */
  readonly messages = new Map<string, Moments>();
  readonly #address: Address;
  readonly #agent: Agent;
  readonly #open = new Set<Promise<void>>();
  readonly #failures: string[] = [];

  constructor(session: string, address: Address, keepAlive: boolean) {
    this.session = session;
    this.#address = address;
    // As many connections as needed, so that no request waits for another one.
    this.#agent = new Agent({ keepAlive });
  }

  /**
   * Sends in an open loop: one message at every tick until `over`, whether or not earlier ones are answered, then
   * `last` when all are answered. Rejects when a request failed, or when more than `MOST_OPEN` are unanswered.
   */
  async load(over: AbortSignal): Promise<void> {
    for (let n = 0; !over.aborted && this.#failures.length === 0; n += 1) {
      if (this.#open.size === MOST_OPEN) throw new Error(`${this.session}: ${MOST_OPEN} are unanswered`);
      if (n === MOST) throw new Error(`${this.session}: ${MOST} messages, and the handovers are not over`);
      const sending = this.send(String(n))
        .catch((error: unknown) => void this.#failures.push(String(error)))
        .finally(() => this.#open.delete(sending));
      this.#open.add(sending);
      await delay(EVERY);
    }
    await Promise.all(this.#open);
    if (this.#failures.length > 0) throw new Error(this.#failures.join('\n'));
    await this.send('last');
    this.#agent.destroy();
  }

  /** Sends one message and resolves when it is accepted. */
  async send(id: string): Promise<void> {
    const moments = { sent: now(), accepted: Number.POSITIVE_INFINITY };
    this.messages.set(id, moments);
    const path = pathOf(this.session, 'messages');
    const headers = { 'content-type': 'application/json' };
    const sent = request({ ...this.#address, method: 'POST', path, headers, agent: this.#agent });
    sent.end(JSON.stringify({ text: `message ${id}`, id, mode: 'queue' }));
    try {
      const [answer]: IncomingMessage[] = await once(sent, 'response');
      moments.accepted = now();
      const body = answer && (await text(answer));
      if (answer?.statusCode !== 202) throw new Error(`${answer?.statusCode} ${body}`);
    } catch (error) {
      throw new Error(`${this.session}: message ${id}: ${error}`, { cause: error });
    }
  }
}

/**
 * Lists messages that the journal has after a message that was sent when they had been accepted already. Any other
 * order is allowed.
 */
function overtaken(order: readonly string[], messages: ReadonlyMap<string, Moments>): string[] {
  let latest = 0;
  return order.filter((id) => {
    const { sent, accepted } = messages.get(id) ?? { sent: 0, accepted: 0 };
    const wrong = accepted < latest;
    latest = Math.max(latest, sent);
    return wrong;
  });
}

/** Follows a session on the wire, because our own client would hide an event that arrives twice. */
class Follower {
  /** Events by position: the event at position `n` is at index `n - 1`. */
  readonly events: WireEvent[] = [];
  readonly #session: string;
  readonly #url: string;
  readonly #how: Address & { agent: Agent };
  #lastId = '';

  constructor(session: string, address: Address, keepAlive: boolean) {
    this.#session = session;
    this.#url = `http://localhost${pathOf(session, 'events')}`;
    this.#how = { ...address, agent: new Agent({ keepAlive }) };
  }

  /**
   * Follows until `last` is answered. Rejects when a position was missed or duplicated, and when a connection was
   * refused or ended otherwise than with `reconnect`.
   */
  async run(): Promise<void> {
    try {
      while (!(await this.#connection()));
    } catch (error) {
      throw new Error(`${this.#session}: after event ${this.events.length}: ${error}`, { cause: error });
    } finally {
      this.#how.agent.destroy();
    }
  }

  /** Reads one connection to its end; resolves with true when `last` was answered. */
  async #connection(): Promise<boolean> {
    const stream = await openSse(this.#url, this.#lastId ? { 'last-event-id': this.#lastId } : {}, this.#how);
    const { statusCode } = stream.response;
    if (statusCode !== 200) throw new Error(`${statusCode} ${await text(stream.response)}`);
    for (;;) {
      const { event: type, id, data } = await stream.next();
      if (type?.startsWith('delta')) continue;
      if (type === 'reconnect') {
        expect(JSON.parse(data)).toEqual({ after: this.events.length });
        break;
      }
      if (id === undefined) throw new Error(`${type} ${data}`);
      if (this.#take(id, sessionEvent.parse(JSON.parse(data)))) return true;
    }
    expect(await stream.rest()).toEqual([]);
    await delay(stream.retries.at(-1));
    return false;
  }

  #take(id: string, event: WireEvent): boolean {
    this.events.push(event);
    expect([event.seq, parsePosition(id)?.seq]).toEqual([this.events.length, this.events.length]);
    this.#lastId = id;
    return event.type === 'turn_finished' && event.inputs.includes('last');
  }
}
