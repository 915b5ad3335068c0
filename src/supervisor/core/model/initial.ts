import { NO_CRASHES } from './crash-policy.ts';
import type { ConfigState } from './revision.ts';
import type { SupervisorSettings, SupervisorState } from './state.ts';

/** Creates the state of a supervisor that has done nothing yet; `lastReport` is the highest id of a stored report. */
export function createSupervisorState(
  settings: SupervisorSettings,
  config: ConfigState,
  lastReport: number,
): SupervisorState {
  return {
    settings,
    ...{ generations: [], lastServing: null, crashed: null, check: null, fallBack: null, ahead: null },
    requests: { stop: null, interrupts: 0, handover: null, checks: [], checkCount: 0 },
    task: { kind: 'none' },
    crashes: { record: NO_CRASHES, lastEnd: 'could not be started' },
    config,
    lastReport,
    lastId: 0,
  };
}
