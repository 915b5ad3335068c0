import type {
  ConfigApplied,
  ConfigDiff,
  ConfigDraft,
  ConfigPatch,
  ConfigPlan,
  ConfigRevisions,
  ConfigRevisionView,
  ConfigView,
} from '../protocol/config.ts';
import type { Handover } from '../protocol/handovers.ts';

/** The daemon as a whole, as far as a client may direct it. Every method rejects with a MidturnError or not at all. */
export interface Control {
  /** The handover that comes of it; null when none is known yet. */
  restart(reason: string): Promise<{ handover: string | null }>;
  stop(reason: string): Promise<{ handover: string | null }>;
  /** Newest first, those before `after`. */
  handovers(query: { after?: string; limit: number }): Promise<Handover[]>;
  /** Rejects with HandoverNotFoundError. */
  handover(id: string): Promise<Handover>;
  config: ConfigControl;
}

/**
 * The configuration of a running daemon. Writes go to the file and are then put into force like any other change of
 * it. `base` is the hash of what the writer saw: when the file is another one by now, they reject with
 * ConfigConflictError and leave it alone; with ConfigError when the result would not be valid.
 */
export interface ConfigControl {
  show(): Promise<ConfigView>;
  plan(draft: ConfigDraft): Promise<ConfigPlan>;
  replace(source: string, base?: string): Promise<ConfigApplied>;
  patch(patch: ConfigPatch, base?: string): Promise<ConfigApplied>;
  revisions(): Promise<ConfigRevisions>;
  /** This and the next two reject with RevisionNotFoundError. */
  revision(number: number): Promise<ConfigRevisionView>;
  /** `to` null: the present file. */
  diff(from: number, to: number | null): Promise<ConfigDiff>;
  rollback(number: number): Promise<ConfigApplied>;
}
