import { setTimeout as delay } from 'node:timers/promises';
import type { WireEvent } from '../src/protocol/events.ts';
import { Daemon } from '../test/support/daemon.ts';
import { fillWithIdleSessions } from './idle-sessions.ts';
import { formatMillis, formatRatio, median, type Row } from './measure.ts';

const ACTIVE = 100;
const IDLE = 10_000;
/** Milliseconds that each model call takes. */
const CALL = 300;
/**
 * Model calls of a turn; enough that the turn still runs when the next generation has started, even on a slow
 * machine.
 */
const CALLS = 20;
/** Handovers of each kind, alternating, because a stalled machine delays the ends of all calls together. */
const ROUNDS = 3;

/** Configuration with the default graces, in which every call in flight ends by itself. */
const thinking = {
  providers: {
    scripted: {
      type: 'scripted',
      concurrency: 2 * ACTIVE,
      scripts: {
        main: [
          ...Array.from({ length: CALLS - 1 }, () => ({
            text: 'looking',
            delay: `${CALL}ms`,
            tools: [{ name: 'list_files', input: {} }],
          })),
          { text: 'done', delay: `${CALL}ms` },
        ],
      },
    },
  },
  agents: { main: { model: 'scripted/main', tools: { '*': 'allow' } } },
  limits: { turns: 2 * ACTIVE },
};

/** A hundred sessions in the middle of turns of many steps are handed over, without and with ten thousand idle ones. */
export async function manySessions(): Promise<Row[]> {
  const few: Move[] = [];
  const many: Move[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    few.push(await measureMove(0));
    many.push(await measureMove(IDLE));
  }
  const drainOf = (moves: readonly Move[]) => median(moves.map(({ drain }) => drain));
  const ratio = drainOf(many) / drainOf(few);
  const idle = IDLE.toLocaleString('en');
  return [
    {
      what: `${ACTIVE} active sessions and ${idle} idle ones: active ones that moved at a step boundary, ${ROUNDS} handovers`,
      value: inWords(many),
      against: `without the idle ones: ${inWords(few)}`,
      ratio: '',
      aim: 'all, at most one step each',
      met: [...few, ...many].every(({ moved, steps }) => moved === ACTIVE && Math.max(...steps) <= 1),
    },
    {
      what: `the same: drain until all have moved, model calls of ${CALL} ms, median`,
      value: formatMillis(drainOf(many)),
      against: `without the idle ones: ${formatMillis(drainOf(few))}`,
      ratio: formatRatio(ratio),
      aim: '≤ 1.5 ×',
      met: ratio <= 1.5,
    },
  ];
}

interface Move {
  /** Sessions, as the report of the handover has them. */
  moved: number;
  cut: number;
  /** Milliseconds from the beginning of the drain until the last one had moved. */
  drain: number;
  /** For each session, the steps that the leaving generation finished after the drain had begun. */
  steps: number[];
}

function inWords(moves: readonly Move[]): string {
  const sum = (count: (move: Move) => number) => moves.reduce((total, move) => total + count(move), 0);
  const [all, moved, cut] = [
    sum(({ steps }) => steps.length),
    sum((move) => move.moved),
    sum((move) => move.cut),
  ];
  const most = Math.max(...moves.flatMap(({ steps }) => steps));
  const one = sum(({ steps }) => steps.filter((each) => each === 1).length);
  return `${moved} of ${all}, ${cut} cut; after the drain began ${one} finished one step there, none more than ${most}`;
}

async function measureMove(idle: number): Promise<Move> {
  const daemon = new Daemon(thinking);
  const { client } = daemon;
  const names = Array.from({ length: ACTIVE }, (_, n) => `active-${n}`);
  const message = { text: 'go', id: 'go', agent: 'main' };
  try {
    if (idle > 0) await fillWithIdleSessions(daemon.home.journal, idle);
    await daemon.startUp();
    for (const name of names) {
      await client.sendMessage(name, message);
      // Spread over the length of a call, so that whenever the drain begins one call has just begun.
      await delay(CALL / ACTIVE);
    }
    const draining = daemon.waitForLog(({ msg }) => msg === 'generation:draining');
    const done = daemon.waitForLog(({ msg }) => msg === 'handover:done');
    await client.restart();
    const began = Date.parse(String((await draining)['time']));
    const { sessions } = await client.getHandover(String((await done)['handover']));
    const steps: number[] = [];
    for (const name of names) {
      await client.sendAndWait(name, message, 60);
      const { events } = await client.readEvents(name, { limit: 1000 });
      steps.push(finishedBeforeMoving(events, began));
    }
    const count = (state: string) => sessions.filter((session) => session.state === state).length;
    const drain = Math.max(...sessions.map(({ after }) => after ?? 0));
    return { moved: count('moved'), cut: count('cut'), drain, steps };
  } finally {
    await daemon.dispose();
  }
}

/** Steps of a session that ended at `began` (milliseconds since the epoch) or later, and before the next generation had it. */
function finishedBeforeMoving(events: readonly WireEvent[], began: number): number {
  const moved = events.findIndex(({ type }) => type === 'session_handed_over');
  const ends = ({ type }: WireEvent) => type === 'model_call_finished' || type === 'tool_call_finished';
  return events.slice(0, moved).filter((event) => ends(event) && event.at >= began).length;
}
