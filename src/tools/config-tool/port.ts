/**
 * The configuration as an agent may see and change it. Rejects with an error whose message is for the model when the
 * change is not valid or cannot be made; what the operator does not allow is an answer, not an error.
 */
export interface ConfigPort {
  /** The file with its secrets masked. */
  show(): Promise<{ source: string; revision: number; allowed: readonly string[] }>;
  plan(patch: ConfigPatch, caller: ConfigCaller): Promise<ConfigProspect>;
  /** Making a change that is made already changes nothing. */
  patch(patch: ConfigPatch, caller: ConfigCaller): Promise<ConfigOutcome>;
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

export interface ConfigProspect {
  apply: 'live' | 'handover' | 'none';
  changes: readonly ConfigChange[];
  /** What would have to be allowed for it; empty when all is. */
  refused: readonly RefusedKey[];
}

export type ConfigOutcome =
  | { done: false; refused: readonly RefusedKey[] }
  | {
      done: true;
      revision: number;
      applied: 'live' | 'handover' | 'none';
      /** The handover that puts it into force, where one is needed and known. */
      handover: string | null;
      keys: readonly string[];
    };
