import type { CheckedConfig } from '../config/check/check.ts';
import type { Status } from '../protocol/daemon.ts';
import type { DaemonState } from '../supervisor/ipc/messages.ts';
import { readVersion } from '../util/version.ts';
import type { GenerationDeps } from './compose.ts';
import { describeAgentTools, describeMcpServers } from './left-out.ts';

/** Maximum number of waiting sessions that `status` names. */
const MAX_WAITING_SHOWN = 20;

const NO_CONFIG_FILE = 'There is no configuration file; the scripted model answers until there is one.';

/** What the generation knows about itself; `state` is null until the supervisor has sent the daemon's. */
export interface OwnState {
  mode: 'normal' | 'rescue';
  startedAt: number;
  state: DaemonState | null;
}

/** Builds the answer of `GET /v1/status`. */
export async function buildStatus(
  { generation, sessions, live, mcp, tools }: GenerationDeps,
  own: OwnState,
): Promise<Status> {
  const agents = describeAgentTools(live, tools);
  const { number, origin } = live.current;
  const { mode, reasons, revision, problem, handover } = own.state ?? {
    mode: own.mode,
    reasons: [],
    revision: { number, state: 'trial' },
    problem: null,
    handover: null,
  };
  const scripted = origin === 'default' && problem === null && mode !== 'rescue';
  const fault = await sessions.findStoreFault();
  const why = [...reasons, ...(fault === null ? [] : [fault]), ...(scripted ? [NO_CONFIG_FILE] : [])];
  return {
    version: readVersion(),
    mode: fault !== null && mode === 'normal' ? 'degraded' : mode,
    reasons: why,
    generation: { number: generation, startedAt: own.startedAt },
    revision,
    config: { problem, ...pickWarnings(live.current.checked) },
    agents,
    mcp: describeMcpServers(mcp, agents),
    sessions: await sessions.countByStatus(),
    waiting: await sessions.listWaiting(MAX_WAITING_SHOWN),
    handover,
  };
}

/** Returns the warnings of a configuration as a property that is absent when there are none. */
function pickWarnings({ warnings }: CheckedConfig): Pick<Status['config'], 'warnings'> {
  return warnings.length === 0 ? {} : { warnings };
}
