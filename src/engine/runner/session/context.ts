import type { AdvanceResult, ExternalAction } from '../../../core/advance.ts';
import type { DecisionContext } from '../../../core/model/command.ts';
import type { ContextBudget, Limits } from '../../../core/model/next-action.ts';
import type { RunningStepList } from '../../../core/steps/running-steps.ts';
import { findLateRefusal, judgeCall } from '../../../permissions/judge.ts';
import { listAncestorAgents, restrictSettings } from '../../port/lineage.ts';
import type { RunnerPorts } from '../../port/ports.ts';
import { idempotencyKey } from './perform.ts';

/**
 * The context of one crank: everything that the core's decision depends on besides the session's journal. It
 * is read again for each crank, so that changed settings and grants apply at once.
 */

/** A session and its agent; the agent is empty before the first input. */
interface SessionIdentity {
  readonly name: string;
  readonly agent: string;
}

type LoadedSession = SessionIdentity & Pick<DecisionContext, 'blame'>;

export async function buildContext(
  ports: RunnerPorts,
  session: LoadedSession,
  running: RunningStepList,
): Promise<DecisionContext> {
  const above = await listAncestorAgents(ports.engine.sessions, session.name);
  const granted = await readGrantedRules(ports, session, above);
  const settings = ports.settings();
  const agent = restrictSettings(settings, session.agent, above);
  return {
    session: session.name,
    blame: session.blame,
    now: ports.clock.now(),
    running,
    generation: ports.engine.generation,
    revision: settings.revision,
    models: { answer: agent?.model ?? '', compaction: agent?.compaction.model ?? '' },
    patience: agent?.patience ?? 0,
    room: agent?.compaction ?? UNLIMITED_CONTEXT,
    limits: agent?.limits ?? NO_AGENT_LIMITS,
    tool: (part, state) =>
      judgeCall({ tools: ports.tools, agent, granted, secrets: ports.secrets() }, part, state),
    key: (call) => idempotencyKey(ports.engine.store, session.name, call),
  };
}

/**
 * Finds calls whose start is durable but which must not run, with the reason: a permission may have been
 * taken away while the start was recorded.
 */
export async function findRefusals(
  ports: RunnerPorts,
  session: SessionIdentity,
  { perform: steps, state }: AdvanceResult,
): Promise<Map<ExternalAction, string>> {
  const refusals = new Map<ExternalAction, string>();
  if (!steps.some(({ kind }) => kind === 'run_tool')) return refusals;
  const above = await listAncestorAgents(ports.engine.sessions, session.name);
  const granted = await readGrantedRules(ports, session, above);
  const policies = {
    tools: ports.tools,
    agent: restrictSettings(ports.settings(), session.agent, above),
    granted,
    secrets: ports.secrets(),
  };
  for (const step of steps) {
    const refusal = step.kind === 'run_tool' ? findLateRefusal(policies, step, state) : undefined;
    if (refusal !== undefined) refusals.set(step, refusal);
  }
  return refusals;
}

/**
 * Reads the rules granted to the session's agent. It reads the journal each time, so that a revoked grant
 * never covers the next call, whichever generation revoked it.
 */
async function readGrantedRules(
  { engine, settings }: RunnerPorts,
  { name, agent }: SessionIdentity,
  above: readonly string[],
) {
  const permissions = restrictSettings(settings(), agent, above)?.permissions;
  return permissions?.mayAsk ? engine.sessions.listGrantedRules(name, agent) : [];
}

const UNLIMITED_CONTEXT: ContextBudget = {
  window: Number.MAX_SAFE_INTEGER,
  limit: Number.MAX_SAFE_INTEGER,
  keepTurns: 1,
};
const NO_AGENT_LIMITS: Limits = { modelAttempts: 1, crashAttempts: 1, parallelTools: 1 };
