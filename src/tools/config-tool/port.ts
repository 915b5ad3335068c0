/**
 * The configuration as an agent may see and change it. Rejects with an error whose message is for the model when the
 * change is not valid or cannot be made; what the operator does not allow is an answer, not an error.
 */
export interface ConfigPort {
  /** The file with its secrets masked. */
  show(): Promise<ConfigShown>;
  plan(patch: ConfigPatch, caller: ConfigCaller): Promise<ConfigProspect>;
  /**
   * Making a change that is made already changes nothing. With an approval, what people would have to be asked about
   * is made as far as they were asked, and nothing is when there is more or other of it by now.
   */
  patch(patch: ConfigPatch, caller: ConfigCaller, approval?: ConfigApproval): Promise<ConfigOutcome>;
}

export interface ConfigShown {
  source: string;
  revision: number;
  /** Keys that the agent may change by itself. */
  allowed: readonly string[];
  /** What becomes of changes of others. */
  unlisted: 'ask' | 'deny';
}

/** JSON merge patch: `null` removes a key. */
export type ConfigPatch = Record<string, unknown>;

/** On whose behalf the tool runs. */
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

/** A key that the agent may not change, and why. */
export interface RefusedKey {
  path: string;
  why: string;
}

/** A key that people have to be asked about first. */
export interface AskedKey {
  path: string;
  /** From what to what, as people are shown it: JSON, with secrets masked. */
  change: string;
}

/** What people were asked about and have approved, for this one call. */
export interface ConfigApproval {
  keys: readonly AskedKey[];
  /** Who; null when nobody said. */
  from: string | null;
}

export interface ConfigProspect {
  apply: 'live' | 'handover' | 'none';
  changes: readonly ConfigChange[];
  /** What would have to be allowed for it; empty when all is. */
  refused: readonly RefusedKey[];
  asks: readonly AskedKey[];
}

export type ConfigOutcome =
  /** Only people stand between it and the file when nothing is refused. */
  | { done: false; refused: readonly RefusedKey[]; asks: readonly AskedKey[] }
  | {
      done: true;
      revision: number;
      applied: 'live' | 'handover' | 'none';
      /** The handover that puts it into force, where one is needed and known. */
      handover: string | null;
      keys: readonly string[];
    };
