import type { Advance, WorldStep } from '../../core/advance.ts';
import type { Context } from '../../core/model/command.ts';
import type { Limits, Room } from '../../core/model/next-action.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { agentsAbove, settingsBelow } from './lineage.ts';
import { idempotencyKey } from './perform.ts';
import { judge, refusedMeanwhile } from './policy.ts';

/**
 * The context of one crank: everything that the core's decision depends on besides the session's journal. It
 * is read again for each crank, so that changed settings and grants apply at once.
 */

/** A session and its agent; the agent is empty before the first input. */
interface Whose {
  readonly name: string;
  readonly agent: string;
}

type Loaded = Whose & Pick<Context, 'blame'>;

export async function contextOf(
  ports: RunnerPorts,
  session: Loaded,
  running: ReadonlyMap<string, unknown>,
): Promise<Context> {
  const above = await agentsAbove(ports.journal, session.name);
  const granted = await grantedTo(ports, session, above);
  const settings = ports.settings();
  const agent = settingsBelow(settings, session.agent, above);
  return {
    session: session.name,
    blame: session.blame,
    now: ports.clock.now(),
    running: new Set(running.keys()),
    generation: ports.generation,
    revision: settings.revision,
    models: { answer: agent?.model ?? '', compaction: agent?.compaction.model ?? '' },
    patience: agent?.patience ?? 0,
    room: agent?.compaction ?? ENDLESS,
    limits: agent?.limits ?? WITHOUT_AGENT,
    tool: (part, state) =>
      judge({ tools: ports.tools, agent, granted, secrets: ports.secrets() }, part, state),
    key: (call) => idempotencyKey(ports.journal.store, session.name, call),
  };
}

/**
 * Finds calls whose start is durable but which must not run, with the reason: a permission may have been
 * taken away while the start was recorded.
 */
export async function refusalsOf(
  ports: RunnerPorts,
  session: Whose,
  { perform: steps, state }: Advance,
): Promise<Map<WorldStep, string>> {
  const refusals = new Map<WorldStep, string>();
  if (!steps.some(({ kind }) => kind === 'run_tool')) return refusals;
  const above = await agentsAbove(ports.journal, session.name);
  const granted = await grantedTo(ports, session, above);
  const policies = {
    tools: ports.tools,
    agent: settingsBelow(ports.settings(), session.agent, above),
    granted,
    secrets: ports.secrets(),
  };
  for (const step of steps) {
    const refusal = step.kind === 'run_tool' ? refusedMeanwhile(policies, step, state) : undefined;
    if (refusal !== undefined) refusals.set(step, refusal);
  }
  return refusals;
}

/**
 * Reads the rules granted to the session's agent. It reads the journal each time, so that a revoked grant
 * never covers the next call, whichever generation revoked it.
 */
async function grantedTo(
  { journal, settings }: RunnerPorts,
  { name, agent }: Whose,
  above: readonly string[],
) {
  return settingsBelow(settings(), agent, above)?.mayAsk ? journal.granted(name, agent) : [];
}

const ENDLESS: Room = { window: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER, keepTurns: 1 };
const WITHOUT_AGENT: Limits = { modelAttempts: 1, crashAttempts: 1, parallelTools: 1 };
