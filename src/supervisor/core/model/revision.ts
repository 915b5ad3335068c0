import type { AcceptedConfig, FileProblem } from '../../ipc/messages.ts';

/**
 * A checked configuration, as far as decisions depend on it. The object also identifies the full configuration, which
 * the shell keeps; the core therefore passes it on and never copies it.
 */
export interface ConfigContent {
  /** Semantic hash: ignores comments, whitespace and key order. */
  readonly hash: string;
  /** Hash of the resolved meaning: includes defaults and the values that references stand for. */
  readonly fingerprint: string;
  /** The address to listen on, as `host:port`. */
  readonly listen: string;
  /** How long a new revision is on trial, in ms. */
  readonly trial: number;
  readonly budgets: DrainLimits;
}

/** Limits of a drain in ms: after `drainCap` steps are cut, after `kill` the process is killed. */
export interface DrainLimits {
  readonly drainCap: number;
  readonly kill: number;
}

/** A configuration that a generation runs or is about to run, with its number and the state of its trial. */
export interface ActiveRevision {
  /** 0 stands for the configuration of rescue mode, which is not stored. */
  number: number;
  content: ConfigContent;
  origin: AcceptedConfig['origin'];
  state: 'trial' | 'good' | 'failed';
  /** Paths of the configuration keys that it changes, compared with the revision before it. */
  keys: string[];
}

/** What was found in the configuration file, before it is compared with what is known about earlier contents. */
export type FileFinding =
  /** `defaults`: the configuration of a home without a file; null unless it was asked for. */
  | { what: 'missing'; file: string; defaults: ContentFinding | null }
  /** `content` identifies the broken content, so that the same problem is reported once. */
  | { what: 'broken'; content: string; message: string; problems: FileProblem['problems'] }
  | ({ what: 'valid' } & ContentFinding);

/** A usable content and how it differs from the active revision. */
export interface ContentFinding {
  content: ConfigContent;
  origin: 'file' | 'default';
  /** True when a changed key needs a new process. */
  needsHandover: boolean;
  /** Paths of the keys that differ from the active revision; empty when both mean the same. */
  keys: string[];
  /** The newest stored revision; null when there is none. */
  last: StoredRevisionFacts | null;
  /** The number that the next new revision gets. */
  next: number;
}

export interface StoredRevisionFacts {
  number: number;
  hash: string;
  state: 'trial' | 'good' | 'failed' | 'replaced';
}

/** The result of comparing the configuration file with the active revision. */
export type FileCheck =
  /** Equivalent to the active revision; `refreshed` is true when only its origin changed, e.g. to the file. */
  | { what: 'same'; refreshed: boolean }
  /** The file is missing, broken, or has content that has already failed: the active revision stays in force. */
  | { what: 'unusable'; why: 'gone' | 'broken' | 'failed'; message: string }
  | ChangedFile;

export interface ChangedFile extends Omit<ContentFinding, 'needsHandover'> {
  what: 'changed';
  how: 'live' | 'handover';
}

/** What is wrong with the configuration file: broken, missing, or content that has failed when it was tried. */
export interface FileProblemState {
  problem: FileProblem | null;
  /** Identifies the content that the problem is about; null when there is no problem or the file is missing. */
  content: string | null;
  /** True when the file existed before and has been deleted; false for a home that never had one. */
  isMissing: boolean;
  /** Failures of contents that were tried since the file last matched the active revision, by fingerprint. */
  failed: readonly { content: string; problem: FileProblem }[];
}

export const NO_FILE_PROBLEMS: FileProblemState = {
  problem: null,
  content: null,
  isMissing: false,
  failed: [],
};

/**
 * The active configuration: which revision is in force, and what is wrong with the file. The revision is on trial,
 * good, or failed; its trial ends well when its time is over, or badly when its generation fails.
 */
export interface ConfigState {
  active: ActiveRevision;
  /** False when no configuration is usable to run sessions with; generations start in rescue mode then. */
  canRunSessions: boolean;
  /** True while the timer of the trial runs: a generation serves with the active revision. */
  trialRuns: boolean;
  file: FileProblemState;
}
