import type { ConfigApi } from '../../protocol/config-api.ts';
import type { HandoverBody } from '../../protocol/handovers.ts';

/** Operations on the whole daemon that a client may request. Every method rejects only with a MidturnError. */
export interface Control {
  /**
   * Requests a restart; resolves with the id of its handover, null when none is known yet. `by` names the
   * requester to sessions.
   */
  restart(reason: string, by?: string): Promise<{ handover: string | null }>;
  stop(reason: string): Promise<{ handover: string | null }>;
  /** Lists handovers before `after`, newest first. */
  listHandovers(query: { after?: string; limit: number }): Promise<HandoverBody[]>;
  /** Returns the report of one handover; rejects with HandoverNotFoundError. */
  getHandover(id: string): Promise<HandoverBody>;
  config: ConfigApi;
}
