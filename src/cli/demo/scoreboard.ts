import type { WireEvent } from '../../protocol/events.ts';
import { brokenPromises } from './broken.ts';
import { type Change, handoverChange, inForce, liveChange } from './changes.ts';
import {
  type Calls,
  countCalls,
  countNotes,
  countSteps,
  type Notes,
  namedCalls,
  type Steps,
} from './counts.ts';
import { type Facts, isStart, type Kill } from './facts.ts';
import { countMessages, type Messages } from './messages.ts';
import { recoveryOf } from './recovery.ts';
import { LONG_COMMAND, WORKER } from './story.ts';

/** What `midturn demo --json` prints. Every number was measured. */
export interface Scoreboard {
  /** The promises that broke, in words; the demo has failed unless it is empty. */
  broken: string[];
  messages: Messages;
  /** Of all sessions. */
  steps: Steps;
  /** Calls that change something: what the journal says, and how often they ran by their own count. */
  tools: Calls;
  /** How often the shell command that ran over the handover and a kill was picked up, its one run going on. */
  shellPickedUp: number;
  /** From the call that saved the agent's change to the first step of its turn under it; null when there was none. */
  inForceMs: { live: number | null; handover: number | null };
  mistake: {
    /** Where the status said it was, as file:line:column; null when it did not say so. */
    place: string | null;
    rightLine: boolean;
    noticedMs: number | null;
    /** From the save that mended it to the normal status. */
    normalMs: number | null;
    /** Steps of all sessions that began in between. */
    steps: number;
  };
  /** From `kill -9` to the first step that the turn went on with; null when it did not. */
  recoveryMs: { generation: number | null; everything: number | null };
  /** Of restarts, to the worker's model. */
  notes: Notes;
  /** Of the worker's event stream, over all of it. */
  events: { followed: number; missed: number };
  totalMs: number;
}

/** The demo's verdict, from nothing but what was observed. */
export function judge(facts: Facts): Scoreboard {
  const worker = facts.journals[WORKER] ?? [];
  const recovery = (what: Kill['what']) => {
    const kill = facts.kills.find((each) => each.what === what);
    return kill ? recoveryOf(facts, kill) : null;
  };
  const found = {
    messages: countMessages(facts),
    steps: countSteps(Object.values(facts.journals)),
    tools: countCalls(worker, facts.ran),
    shellPickedUp: pickUps(worker, facts.ran),
    inForceMs: { live: delayOf(liveChange, worker), handover: delayOf(handoverChange, worker) },
    mistake: judgeMistake(facts),
    recoveryMs: { generation: recovery('generation'), everything: recovery('everything') },
    notes: countNotes(worker),
    events: { followed: facts.followed, missed: worker.length - facts.followed },
    totalMs: Math.round(facts.total),
  };
  return { broken: brokenPromises(found), ...found };
}

/** None when it ran more than once, or did not tell its result. */
function pickUps(worker: readonly WireEvent[], ran: readonly string[]): number {
  const [call] = [...namedCalls(worker)].find(([, name]) => name === LONG_COMMAND) ?? [];
  const generations = worker.flatMap((event) =>
    event.type === 'tool_call_started' && event.call === call ? [event.generation] : [],
  );
  const output = worker.find((event) => event.type === 'tool_call_finished' && event.call === call);
  const reported = output?.type === 'tool_call_finished' && output.output.type === 'text';
  const once = ran.filter((name) => name === LONG_COMMAND).length === 1;
  return reported && once ? new Set(generations).size - 1 : 0;
}

function delayOf(change: Change, worker: readonly WireEvent[]): number | null {
  const found = inForce(worker, change);
  return found ? found.step.at - found.savedAt : null;
}

function judgeMistake({ mistake, journals }: Facts): Scoreboard['mistake'] {
  const { line, savedAt, reported, mendedAt, normalAt } = mistake;
  const between = ({ at }: { at: number }) => reported !== null && at >= reported.at && at <= mendedAt;
  return {
    place: reported?.place ?? null,
    rightLine: reported?.line === line,
    noticedMs: reported ? reported.at - savedAt : null,
    normalMs: normalAt === null ? null : normalAt - mendedAt,
    steps: Object.values(journals).flat().filter(isStart).filter(between).length,
  };
}
