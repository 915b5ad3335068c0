import type { WireEvent } from '../../protocol/events.ts';
import { type Change, handoverChange, inForce, liveChange } from '../changes.ts';
import { countCalls, countNotes, countSteps, namedCalls } from '../counts.ts';
import { type Facts, isStart, type Kill } from '../facts.ts';
import { LONG_COMMAND, WORKER } from '../story.ts';
import { brokenPromises } from './broken.ts';
import type { Findings } from './findings.ts';
import { countMessages } from './messages.ts';
import { recoveryOf } from './recovery.ts';

/** Scoreboard of the demo: the findings and the broken promises, as `midturn demo --json` prints them. */
export interface Scoreboard extends Findings {
  /** Broken promises as sentences; the demo has failed unless this is empty. */
  broken: string[];
}

/** Computes the scoreboard from the observations alone, without access to the daemon. */
export function judge(facts: Facts): Scoreboard {
  const worker = facts.journals[WORKER] ?? [];
  const recovery = (what: Kill['what']) => {
    const kill = facts.kills.find((each) => each.what === what);
    return kill ? recoveryOf(facts, kill) : null;
  };
  const found: Findings = {
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

/** Counts how often the long command was picked up; 0 when it ran more than once or returned no result. */
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

function judgeMistake({ mistake, journals }: Facts): Findings['mistake'] {
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
