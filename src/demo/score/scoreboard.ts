import { type DemoChange, findAppliedChange, handoverChange, liveChange } from '../changes.ts';
import { countCalls, countNotes, countSteps } from '../counts.ts';
import type { DaemonKill, DemoFacts } from '../facts.ts';
import { listCalls, type ReadSession, readSession } from '../journal.ts';
import { findCallName, LONG_COMMAND, WORKER } from '../story.ts';
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
  const journal = facts.journals[WORKER] ?? [];
  const worker = readSession(journal);
  const sessions = Object.values(facts.journals).map(readSession);
  const recovery = (what: DaemonKill['what']) => {
    const kill = facts.kills.find((each) => each.what === what);
    return kill ? measureRecovery(worker, kill) : null;
  };
  const found: DemoFindings = {
    messages: countMessages(facts, sessions),
    steps: countSteps(sessions),
    tools: countCalls(worker, facts.ran),
    shellPickedUp: countPickUps(worker, facts.ran),
    inForceMs: { live: measureDelay(liveChange, worker), handover: measureDelay(handoverChange, worker) },
    mistake: scoreMistake(facts, sessions),
    recoveryMs: { generation: recovery('generation'), everything: recovery('everything') },
    notes: countNotes(journal),
    events: { followed: facts.followed, missed: journal.length - facts.followed },
    totalMs: Math.round(facts.total),
  };
  return { broken: listBrokenPromises(found), ...found };
}

/** Counts how often the long command was picked up; 0 when it ran more than once or returned no result. */
function countPickUps(worker: ReadSession, ran: readonly string[]): number {
  const command = listCalls(worker).find(({ input }) => findCallName(input) === LONG_COMMAND);
  const runs = worker.steps.filter(({ step }) => step === `tool ${command?.call}`);
  const once = ran.filter((name) => name === LONG_COMMAND).length === 1;
  return command?.state === 'finished' && once
    ? new Set(runs.map(({ generation }) => generation)).size - 1
    : 0;
}

function measureDelay(change: DemoChange, worker: ReadSession): number | null {
  const found = findAppliedChange(worker, change);
  return found ? found.step.at - found.savedAt : null;
}

function scoreMistake({ mistake }: DemoFacts, sessions: readonly ReadSession[]): DemoFindings['mistake'] {
  const { line, savedAt, reported, fixedAt: mendedAt, normalAt } = mistake;
  const between = ({ at }: { at: number }) => reported !== null && at >= reported.at && at <= mendedAt;
  return {
    place: reported?.place ?? null,
    rightLine: reported?.line === line,
    noticedMs: reported ? reported.at - savedAt : null,
    normalMs: normalAt === null ? null : normalAt - mendedAt,
    steps: sessions.flatMap(({ steps }) => steps).filter(between).length,
  };
}
