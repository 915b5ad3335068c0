import { Daemon } from '../test/support/daemon.ts';
import { DEBUGGED, heapOf } from './heap.ts';
import { type Bench, millis, times } from './measure.ts';

const SESSIONS = 200;
/** Text of each message; with 40 kB it is as long as a short conversation. */
const TEXT = 'word '.repeat(8_000);
/** Milliseconds to wait for the timer that drops parked sessions from memory, which runs every second. */
const TICKS = 3_000;

/**
 * Cost of sessions that wait for an approval: their memory, compared with the same daemon before and with the
 * same sessions in memory; and the time until all have continued after the decisions, compared with turns
 * that needed none.
 */
export const approvals: Bench = {
  name: 'approvals',
  async run() {
    const kept = await withDaemon('10m', (daemon) => parked(daemon, 0));
    return withDaemon('1ms', async (daemon) => {
      const left = await parked(daemon, TICKS);
      const resumed = await took(daemon, 'measured', () => approveAll(daemon));
      const fresh = await took(daemon, 'free', () => sendAll(daemon, 'free', 'free'));
      return [
        {
          what: `memory that ${SESSIONS} parked sessions add`,
          value: megabytes(left),
          against: `while they are in memory: ${megabytes(kept)}`,
          ratio: times(left / kept),
          aim: `≤ ${megabytes(2)}`,
          met: left <= 2,
        },
        {
          what: `decide ${SESSIONS} parked sessions until the last turn has ended`,
          value: millis(resumed),
          against: `the same turns with nothing to ask: ${millis(fresh)}`,
          ratio: times(resumed / fresh),
          aim: `≤ ${times(2)}`,
          met: resumed / fresh <= 2,
        },
      ];
    });
  },
};

const megabytes = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(1)} MB`;

/** Returns the megabytes that parked sessions add; earlier rounds have warmed the daemon up. */
async function parked(daemon: Daemon, settle: number): Promise<number> {
  for (const round of ['first', 'second']) {
    await park(daemon, round, settle);
    await took(daemon, round, () => approveAll(daemon));
    await pause(settle);
  }
  const none = await heapOf(daemon);
  await park(daemon, 'measured', settle);
  return (await heapOf(daemon)) - none;
}

async function park(daemon: Daemon, round: string, settle: number): Promise<void> {
  await sendAll(daemon, round, 'asking');
  while ((await daemon.client.status()).sessions.waiting < SESSIONS) await pause(50);
  await pause(settle);
}

async function sendAll({ client }: Daemon, round: string, agent: string): Promise<void> {
  await Promise.all(names(round).map((name) => client.send(name, { text: TEXT, agent })));
}

async function approveAll({ client }: Daemon): Promise<void> {
  const { approvals: open } = await client.approvals({ state: 'pending', limit: SESSIONS });
  await Promise.all(
    open.map(({ session, approval }) =>
      client.decide(session, approval, { decision: 'approve', from: 'ann' }),
    ),
  );
}

/**
 * Returns milliseconds from the start of the work to the end of the round's last turn, by the journal's
 * clock.
 */
async function took(daemon: Daemon, round: string, work: () => Promise<void>): Promise<number> {
  const start = Date.now();
  await work();
  return Math.max(...(await Promise.all(names(round).map((name) => endOf(daemon, name))))) - start;
}

async function endOf({ client }: Daemon, session: string): Promise<number> {
  for await (const item of client.follow(session, 0, AbortSignal.timeout(60_000))) {
    if (item.kind === 'event' && item.event.type === 'turn_finished') return item.event.at;
  }
  throw new Error(`the turn of ${session} did not end`);
}

function names(round: string): string[] {
  return Array.from({ length: SESSIONS }, (_, n) => `${round}-${n}`);
}

async function withDaemon<T>(passivateAfter: string, work: (daemon: Daemon) => Promise<T>): Promise<T> {
  const look = [{ tools: [{ name: 'list_files', input: {} }] }, { text: 'done' }];
  const daemon = new Daemon(
    {
      providers: { scripted: { type: 'scripted', concurrency: SESSIONS, scripts: { look } } },
      agents: {
        asking: { model: 'scripted/look', tools: { '*': 'allow', list_files: 'ask' } },
        free: { model: 'scripted/look', tools: { '*': 'allow' } },
      },
      defaultAgent: 'asking',
      limits: { passivateAfter, turns: SESSIONS },
    },
    DEBUGGED,
  );
  try {
    await daemon.up();
    return await work(daemon);
  } finally {
    await daemon.dispose();
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
