import { Daemon } from '../test/support/daemon.ts';
import { DEBUGGED, heapOf } from './heap.ts';
import { type Bench, formatMillis, formatRatio } from './measure.ts';

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
    const kept = await withDaemon('10m', (daemon) => measureParked(daemon, 0));
    return withDaemon('1ms', async (daemon) => {
      const left = await measureParked(daemon, TICKS);
      const resumed = await timeOf(daemon, 'measured', () => approveAll(daemon));
      const fresh = await timeOf(daemon, 'free', () => sendAll(daemon, 'free', 'free'));
      return [
        {
          what: `memory that ${SESSIONS} parked sessions add`,
          value: formatMegabytes(left),
          against: `while they are in memory: ${formatMegabytes(kept)}`,
          ratio: formatRatio(left / kept),
          aim: `≤ ${formatMegabytes(2)}`,
          met: left <= 2,
        },
        {
          what: `decide ${SESSIONS} parked sessions until the last turn has ended`,
          value: formatMillis(resumed),
          against: `the same turns with nothing to ask: ${formatMillis(fresh)}`,
          ratio: formatRatio(resumed / fresh),
          aim: `≤ ${formatRatio(2)}`,
          met: resumed / fresh <= 2,
        },
      ];
    });
  },
};

const formatMegabytes = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(1)} MB`;

/** Returns the megabytes that parked sessions add; earlier rounds have warmed the daemon up. */
async function measureParked(daemon: Daemon, settle: number): Promise<number> {
  for (const round of ['first', 'second']) {
    await parkSessions(daemon, round, settle);
    await timeOf(daemon, round, () => approveAll(daemon));
    await waitFor(settle);
  }
  const none = await heapOf(daemon);
  await parkSessions(daemon, 'measured', settle);
  return (await heapOf(daemon)) - none;
}

async function parkSessions(daemon: Daemon, round: string, settle: number): Promise<void> {
  await sendAll(daemon, round, 'asking');
  while ((await daemon.client.getStatus()).sessions.waiting < SESSIONS) await waitFor(50);
  await waitFor(settle);
}

async function sendAll({ client }: Daemon, round: string, agent: string): Promise<void> {
  await Promise.all(sessionNames(round).map((name) => client.sendMessage(name, { text: TEXT, agent })));
}

async function approveAll({ client }: Daemon): Promise<void> {
  const { approvals: open } = await client.listApprovals({ state: 'pending', limit: SESSIONS });
  await Promise.all(
    open.map(({ session, approval }) =>
      client.decideApproval(session, approval, { decision: 'approve', from: 'ann' }),
    ),
  );
}

/**
 * Returns milliseconds from the start of the work to the end of the round's last turn, by the journal's
 * clock.
 */
async function timeOf(daemon: Daemon, round: string, work: () => Promise<void>): Promise<number> {
  const start = Date.now();
  await work();
  return Math.max(...(await Promise.all(sessionNames(round).map((name) => endOf(daemon, name))))) - start;
}

async function endOf({ client }: Daemon, session: string): Promise<number> {
  for await (const item of client.followSession(session, 0, AbortSignal.timeout(60_000))) {
    if (item.kind === 'event' && item.event.type === 'turn_finished') return item.event.at;
  }
  throw new Error(`the turn of ${session} did not end`);
}

function sessionNames(round: string): string[] {
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
    await daemon.startUp();
    return await work(daemon);
  } finally {
    await daemon.dispose();
  }
}

const waitFor = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
