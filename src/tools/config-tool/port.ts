/**
 * The configuration as an agent may see and change it. Rejects with an error whose message is for the model
 * when the change is invalid or cannot be made. A change that the operator does not allow is a result, not an
 * error.
 */
export interface ConfigPort {
  /** Resolves with the file, with its secrets masked, and the keys that the agent may change. */
  showConfig(): Promise<ConfigShown>;
  /** Resolves with what a change would do, and whether it is allowed; changes nothing. */
  planChange(patch: ConfigMergePatch, caller: ConfigCaller): Promise<ConfigChangePlan>;
  /**
   * Makes a change; a change that is already made changes nothing. With an approval, keys that need one are
   * changed exactly as they were shown; if other keys need one by now, nothing is changed.
   */
  applyPatch(
    patch: ConfigMergePatch,
    caller: ConfigCaller,
    approval?: ConfigApproval,
  ): Promise<ConfigOutcome>;
}

export interface ConfigShown {
  source: string;
  revision: number;
  /** Keys that the agent may change without an approval. */
  allowed: readonly string[];
  /** Treatment of changes of other keys: they need an approval, or are refused. */
  unlisted: 'ask' | 'deny';
}

/** A JSON merge patch on the configuration file, in which `null` removes a key. */
export type ConfigMergePatch = Record<string, unknown>;

/** The call on whose behalf the tool runs; recorded with the change. */
export interface ConfigCaller {
  session: string;
  call: string;
}

export interface ConfigChange {
  path: string;
  kind: 'added' | 'changed' | 'removed';
  before?: unknown;
  after?: unknown;
}

/** A key that the agent may not change, and the reason. */
export interface RefusedKey {
  path: string;
  why: string;
}

/** A key that may be changed only after an approval. */
export interface AskedKey {
  path: string;
  /** The old and the new value as the approver sees them: JSON, with secrets masked. */
  change: string;
}

/** The keys and changes that an approver was shown and has approved, for this one call. */
export interface ConfigApproval {
  keys: readonly AskedKey[];
  /** Name of the approver; null when the approver gave no name. */
  from: string | null;
}

export interface ConfigChangePlan {
  apply: 'live' | 'handover' | 'none';
  changes: readonly ConfigChange[];
  /** Keys that the agent may not change; empty when the whole change is allowed. */
  refused: readonly RefusedKey[];
  asks: readonly AskedKey[];
}

export type ConfigOutcome =
  /** Nothing was changed. When `refused` is empty, the change only needs an approval of the keys in `asks`. */
  | { done: false; refused: readonly RefusedKey[]; asks: readonly AskedKey[] }
  | {
      done: true;
      revision: number;
      applied: 'live' | 'handover' | 'none';
      /** Id of the handover that applies the change; null when none is needed or its id is not known yet. */
      handover: string | null;
      keys: readonly string[];
    };
