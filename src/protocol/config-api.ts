import type {
  ConfigApplied,
  ConfigDiff,
  ConfigDraft,
  ConfigPatchBody,
  ConfigPlan,
  ConfigRevisions,
  ConfigRevisionView,
  ConfigView,
} from './config.ts';

/**
 * The configuration of a running daemon, as the daemon offers it and clients use it. Changes are written to
 * the file and then applied like any other change of it. `base` is the hash of the version that the writer
 * saw. Methods reject with ConfigConflictError when the file has changed since, and with ConfigError when the
 * result would be invalid; both leave the file as it is. Over HTTP they reject with ApiError, which has the
 * same codes.
 */
export interface ConfigApi {
  show(): Promise<ConfigView>;
  plan(draft: ConfigDraft): Promise<ConfigPlan>;
  replace(source: string, base?: string): Promise<ConfigApplied>;
  patch(patch: ConfigPatchBody, base?: string): Promise<ConfigApplied>;
  listRevisions(): Promise<ConfigRevisions>;
  /** Returns one revision; rejects with RevisionNotFoundError, as do the next two methods. */
  getRevision(number: number): Promise<ConfigRevisionView>;
  /** Compares two revisions; `to` null means the present file. */
  diff(from: number, to: number | null): Promise<ConfigDiff>;
  rollback(number: number): Promise<ConfigApplied>;
}
