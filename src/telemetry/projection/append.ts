import type { RecordedEvent } from '../../core/model/events.ts';
import type { SessionState } from '../../core/model/state.ts';

/**
 * One append to the journal of a session, with the states around it: what the log, the metrics and the traces of
 * sessions are derived from.
 */
export interface SessionAppend {
  session: string;
  before: SessionState;
  after: SessionState;
  events: readonly RecordedEvent[];
}
