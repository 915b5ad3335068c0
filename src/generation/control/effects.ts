import type { ChangePlan } from '../../config/revisions/plan.ts';
import type { Config } from '../../config/schema/resolve.ts';
import type { SessionStatus } from '../../core/model/state.ts';
import type { ConfigPlan } from '../../protocol/config.ts';
import type { HandoverBody } from '../../protocol/handovers.ts';
import type { Sessions } from '../../sessions/sessions.ts';

type Affected = ConfigPlan['affected'];

const PAGE_SIZE = 500;
/**
 * Maximum number of sessions per status that are counted, because an answer must not take longer the more sessions
 * there are.
 */
const MAX_COUNTED = 10_000;
/**
 * Milliseconds from a request until a new generation serves, when there are no earlier handovers to estimate from.
 */
const DEFAULT_BOOT_TIME = 1_000;

/** Counts the sessions with unfinished work that a change affects, by status and by agent. */
export async function countAffectedSessions(
  { apply, changes }: ChangePlan,
  sessions: Pick<Sessions, 'list'>,
): Promise<Affected> {
  const affected: Affected = { running: 0, waiting: 0, queued: 0, agents: {} };
  if (apply === 'none' || changes.length === 0) return affected;
  const agents = apply === 'live' ? agentsOf(changes.map(({ path }) => path)) : undefined;
  for (const status of ['running', 'waiting', 'queued'] as const) {
    for await (const { agent } of listWithStatus(status, sessions)) {
      if (agents && !agents.has(agent)) continue;
      affected[status] += 1;
      affected.agents[agent] = (affected.agents[agent] ?? 0) + 1;
    }
  }
  return affected;
}

async function* listWithStatus(status: SessionStatus, sessions: Pick<Sessions, 'list'>) {
  let after: string | undefined;
  for (let seen = 0; seen < MAX_COUNTED; seen += PAGE_SIZE) {
    const rows = await sessions.list({ status, limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) });
    yield* rows;
    after = rows.at(-1)?.session;
    if (rows.length < PAGE_SIZE) return;
  }
}

/** Returns the agents that the keys belong to; `undefined` when a key concerns all agents. */
function agentsOf(paths: readonly string[]): Set<string> | undefined {
  const names = paths.map((path) => {
    const [, plain, quoted] = /^agents(?:\.([\w$-]+)|\["([^"]+)"\])/.exec(path) ?? [];
    return plain ?? quoted;
  });
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? new Set(known) : undefined;
}

/** Estimates how long a change takes until all of it is in force, in milliseconds and in words. */
export function estimateDuration(
  { apply, changes }: ChangePlan,
  { running, waiting }: Affected,
  { drainCap }: Config['handover'],
  earlier: readonly HandoverBody[],
): ConfigPlan['estimate'] {
  if (changes.length === 0)
    return { most: 0, words: 'It has the same meaning as the active configuration; nothing changes.' };
  if (apply === 'none') return { most: 0, words: 'The daemon does not use these keys; nothing changes.' };
  if (apply === 'live') return { most: 0, words: 'At once: sessions use it from their next step on.' };
  const boot = medianBootTime(earlier);
  const parts = [`A new generation serves after about ${formatSeconds(boot)}; nothing is refused meanwhile`];
  if (running > 0) {
    parts.push(
      `${running} running ${pluralizeMoves(running)} at the next step boundary, at the latest after ${formatSeconds(drainCap)}`,
    );
  }
  if (waiting > 0) parts.push(`${waiting} waiting ${pluralizeMoves(waiting)} at once`);
  return { most: boot + (running > 0 ? drainCap : 0), words: `${parts.join('; ')}.` };
}

/** Returns the median time from request to serving of recent handovers, in milliseconds. */
function medianBootTime(earlier: readonly HandoverBody[]): number {
  const times = earlier.flatMap(({ phases }) => {
    const at = (name: string) => phases.find(({ phase }) => phase === name)?.at;
    const [wanted, serving] = [at('wanted'), at('serving')];
    return wanted === undefined || serving === undefined ? [] : [Math.max(0, serving - wanted)];
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? DEFAULT_BOOT_TIME;
}

function pluralizeMoves(count: number): string {
  return count === 1 ? 'session moves' : 'sessions move';
}

function formatSeconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(2))} s`;
}
