import type { Advance, WorldStep } from '../../core/advance.ts';
import type { Context } from '../../core/model/command.ts';
import type { Limits, Room } from '../../core/model/next-action.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { agentsAbove, settingsBelow } from './lineage.ts';
import { idempotencyKey } from './perform.ts';
import { judge, refusedMeanwhile } from './policy.ts';

/** What a turn of the crank depends on besides the session's journal. All of it is asked anew for each. */

/** A session and its agent; empty before its first input. */
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

/** Calls that must not be run although their start is durable now, and why. */
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

/** Read each time: whatever generation took a grant back, the next call is not begun by it. */
async function grantedTo(
  { journal, settings }: RunnerPorts,
  { name, agent }: Whose,
  above: readonly string[],
) {
  return settingsBelow(settings(), agent, above)?.mayAsk ? journal.granted(name, agent) : [];
}

const ENDLESS: Room = { window: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER, keepTurns: 1 };
const WITHOUT_AGENT: Limits = { modelAttempts: 1, crashAttempts: 1, parallelTools: 1 };
