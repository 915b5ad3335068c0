import type { ConfigApi } from '../../protocol/config-api.ts';
import type { Handover } from '../../protocol/handovers.ts';

/** The daemon as a whole, as far as a client may direct it. Every method rejects with a MidturnError or not at all. */
export interface Control {
  /** The handover that comes of it; null when none is known yet. `by` is who asked, as sessions are told. */
  restart(reason: string, by?: string): Promise<{ handover: string | null }>;
  stop(reason: string): Promise<{ handover: string | null }>;
  /** Newest first, those before `after`. */
  handovers(query: { after?: string; limit: number }): Promise<Handover[]>;
  /** Rejects with HandoverNotFoundError. */
  handover(id: string): Promise<Handover>;
  config: ConfigApi;
}
