import type { WireEvent } from '../../protocol/events.ts';
import { type DemoChange, findAppliedChange, handoverChange, liveChange } from '../changes.ts';
import { countCalls, countNotes, countSteps, mapCallNames } from '../counts.ts';
import { type DaemonKill, type DemoFacts, isStepStart } from '../facts.ts';
import { LONG_COMMAND, WORKER } from '../story.ts';
import { listBrokenPromises } from './broken.ts';
import type { DemoFindings } from './findings.ts';
import { countMessages } from './messages.ts';
import { measureRecovery } from './recovery.ts';

/** Scoreboard of the demo: the findings and the broken promises, as `midturn demo --json` prints them. */
export interface Scoreboard extends DemoFindings {
  /** Broken promises as sentences; the demo has failed unless this is empty. */
  broken: string[];
}

/** Computes the scoreboard from the observations alone, without access to the daemon. */
export function scoreFacts(facts: DemoFacts): Scoreboard {
  const worker = facts.journals[WORKER] ?? [];
  const recovery = (what: DaemonKill['what']) => {
    const kill = facts.kills.find((each) => each.what === what);
    return kill ? measureRecovery(facts, kill) : null;
  };
  const found: DemoFindings = {
    messages: countMessages(facts),
    steps: countSteps(Object.values(facts.journals)),
    tools: countCalls(worker, facts.ran),
    shellPickedUp: countPickUps(worker, facts.ran),
    inForceMs: { live: measureDelay(liveChange, worker), handover: measureDelay(handoverChange, worker) },
    mistake: scoreMistake(facts),
    recoveryMs: { generation: recovery('generation'), everything: recovery('everything') },
    notes: countNotes(worker),
    events: { followed: facts.followed, missed: worker.length - facts.followed },
    totalMs: Math.round(facts.total),
  };
  return { broken: listBrokenPromises(found), ...found };
}

/** Counts how often the long command was picked up; 0 when it ran more than once or returned no result. */
function countPickUps(worker: readonly WireEvent[], ran: readonly string[]): number {
  const [call] = [...mapCallNames(worker)].find(([, name]) => name === LONG_COMMAND) ?? [];
  const generations = worker.flatMap((event) =>
    event.type === 'tool_call_started' && event.call === call ? [event.generation] : [],
  );
  const output = worker.find((event) => event.type === 'tool_call_finished' && event.call === call);
  const reported = output?.type === 'tool_call_finished' && output.output.type === 'text';
  const once = ran.filter((name) => name === LONG_COMMAND).length === 1;
  return reported && once ? new Set(generations).size - 1 : 0;
}

function measureDelay(change: DemoChange, worker: readonly WireEvent[]): number | null {
  const found = findAppliedChange(worker, change);
  return found ? found.step.at - found.savedAt : null;
}

function scoreMistake({ mistake, journals }: DemoFacts): DemoFindings['mistake'] {
  const { line, savedAt, reported, fixedAt: mendedAt, normalAt } = mistake;
  const between = ({ at }: { at: number }) => reported !== null && at >= reported.at && at <= mendedAt;
  return {
    place: reported?.place ?? null,
    rightLine: reported?.line === line,
    noticedMs: reported ? reported.at - savedAt : null,
    normalMs: normalAt === null ? null : normalAt - mendedAt,
    steps: Object.values(journals).flat().filter(isStepStart).filter(between).length,
  };
}
