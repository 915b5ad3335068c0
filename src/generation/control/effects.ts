import type { Plan } from '../../config/revisions/plan.ts';
import type { Config } from '../../config/schema/resolve.ts';
import type { SessionStatus } from '../../core/model/state.ts';
import type { ConfigPlan } from '../../protocol/config.ts';
import type { Handover } from '../../protocol/handovers.ts';
import type { Sessions } from '../../sessions/sessions.ts';

type Affected = ConfigPlan['affected'];

const PAGE = 500;
/** Sessions of one status that are counted; an answer must not take longer the more there are. */
const ENOUGH = 10_000;
/** Milliseconds from a wish until a new generation serves, when there is no experience. */
const USUAL_BOOT = 1_000;

/** Which sessions with unfinished work a change reaches. */
export async function affectedBy(
  { apply, changes }: Plan,
  sessions: Pick<Sessions, 'list'>,
): Promise<Affected> {
  const affected: Affected = { running: 0, waiting: 0, queued: 0, agents: {} };
  if (apply === 'none' || changes.length === 0) return affected;
  const agents = apply === 'live' ? agentsOf(changes.map(({ path }) => path)) : undefined;
  for (const status of ['running', 'waiting', 'queued'] as const) {
    for await (const { agent } of withStatus(status, sessions)) {
      if (agents && !agents.has(agent)) continue;
      affected[status] += 1;
      affected.agents[agent] = (affected.agents[agent] ?? 0) + 1;
    }
  }
  return affected;
}

async function* withStatus(status: SessionStatus, sessions: Pick<Sessions, 'list'>) {
  let after: string | undefined;
  for (let seen = 0; seen < ENOUGH; seen += PAGE) {
    const rows = await sessions.list({ status, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* rows;
    after = rows.at(-1)?.session;
    if (rows.length < PAGE) return;
  }
}

/** The agents that keys belong to; `undefined` when one concerns all of them. */
function agentsOf(paths: readonly string[]): Set<string> | undefined {
  const names = paths.map((path) => {
    const [, plain, quoted] = /^agents(?:\.([\w$-]+)|\["([^"]+)"\])/.exec(path) ?? [];
    return plain ?? quoted;
  });
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? new Set(known) : undefined;
}

/** How long a change takes until all of it is in force. */
export function estimate(
  { apply, changes }: Plan,
  { running, waiting }: Affected,
  { drainCap }: Config['handover'],
  earlier: readonly Handover[],
): ConfigPlan['estimate'] {
  if (changes.length === 0) return { most: 0, words: 'It means the same as what runs; nothing happens.' };
  if (apply === 'none') return { most: 0, words: 'The daemon does not use these keys; nothing happens.' };
  if (apply === 'live') return { most: 0, words: 'At once: sessions use it from their next step on.' };
  const boot = usualBoot(earlier);
  const parts = [`A new generation serves after about ${seconds(boot)}; nothing is refused meanwhile`];
  if (running > 0) {
    parts.push(
      `${running} running ${plural(running)} at the next step boundary, at the latest after ${seconds(drainCap)}`,
    );
  }
  if (waiting > 0) parts.push(`${waiting} waiting ${plural(waiting)} at once`);
  return { most: boot + (running > 0 ? drainCap : 0), words: `${parts.join('; ')}.` };
}

/** The median of what handovers took lately. */
function usualBoot(earlier: readonly Handover[]): number {
  const times = earlier.flatMap(({ phases }) => {
    const at = (name: string) => phases.find(({ phase }) => phase === name)?.at;
    const [wanted, serving] = [at('wanted'), at('serving')];
    return wanted === undefined || serving === undefined ? [] : [Math.max(0, serving - wanted)];
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? USUAL_BOOT;
}

function plural(count: number): string {
  return count === 1 ? 'session moves' : 'sessions move';
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(2))} s`;
}
