import type {
  ConfigApplied,
  ConfigDiff,
  ConfigDraft,
  ConfigPatch,
  ConfigPlan,
  ConfigRevisions,
  ConfigRevisionView,
  ConfigView,
} from './config.ts';

/**
 * The configuration of a running daemon, for the daemon itself and for its clients. Writes go to the file and are then
 * put into force like any other change of it. `base` is the hash of what the writer saw: when the file is another one by
 * now, they reject with ConfigConflictError and leave it alone; with ConfigError when the result would not be valid. A
 * client rejects with ApiError instead, which has their codes.
 */
export interface ConfigApi {
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
