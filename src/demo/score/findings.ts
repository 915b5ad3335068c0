import type { Calls, Notes, Steps } from '../counts.ts';
import type { Messages } from './messages.ts';

/** What came out. Every number was measured. */
export interface Findings {
  messages: Messages;
  /** Of all sessions. */
  steps: Steps;
  /** Calls that change something: what the journal says, and how often they ran by their own count. */
  tools: Calls;
  /** How often the shell command that ran over the handover and a kill was picked up, its one run going on. */
  shellPickedUp: number;
  /** From the call that saved the agent's change to the first step of its turn under it; null when there was none. */
  inForceMs: { live: number | null; handover: number | null };
  mistake: {
    /** Where the status said it was, as file:line:column; null when it did not say so. */
    place: string | null;
    rightLine: boolean;
    noticedMs: number | null;
    /** From the save that mended it to the normal status. */
    normalMs: number | null;
    /** Steps of all sessions that began in between. */
    steps: number;
  };
  /** From `kill -9` to the first step that the turn went on with; null when it did not. */
  recoveryMs: { generation: number | null; everything: number | null };
  /** Of restarts, to the worker's model. */
  notes: Notes;
  /** Of the worker's event stream, over all of it. */
  events: { followed: number; missed: number };
  totalMs: number;
}
