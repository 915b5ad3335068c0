import type { CallCounts, NoteCounts, StepCounts } from '../counts.ts';
import type { MessageCounts } from './messages.ts';

/** Measured results of the demo; every number comes from an observation, and `--json` prints them. */
export interface DemoFindings {
  messages: MessageCounts;
  /** Step counts over all sessions. */
  steps: StepCounts;
  /** Calls with side effects: how often the journal requests them, and how often they ran by their own record. */
  tools: CallCounts;
  /** How often another generation picked up the shell command that kept running over the handover and a kill. */
  shellPickedUp: number;
  /** Milliseconds from the call that saved the agent's change to the first step that used it; null if none did. */
  inForceMs: { live: number | null; handover: number | null };
  mistake: {
    /** Location of the mistake by the status, as file:line:column; null when the status did not report it. */
    place: string | null;
    rightLine: boolean;
    noticedMs: number | null;
    /** Milliseconds from the save that fixed the file to the normal status; null if it never was. */
    normalMs: number | null;
    /** Number of steps, in all sessions, that started while the file was invalid. */
    steps: number;
  };
  /** Milliseconds from `kill -9` to the first step of the resumed turn; null when it did not resume. */
  recoveryMs: { generation: number | null; everything: number | null };
  /** Notices of restarts to the worker's model: expected and sent. */
  notes: NoteCounts;
  /** Events of the worker's session that arrived over its event stream, and that were missed. */
  events: { followed: number; missed: number };
  totalMs: number;
}
