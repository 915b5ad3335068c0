import { type CheckedConfig, checkConfig } from '../../config/check/check.ts';
import { type Plan, planChange } from '../../config/revisions/plan.ts';
import type { Revision, RevisionStore, StoredRevision } from '../../config/revisions/revisions.ts';
import type { ConfigError } from '../../errors/config.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Home } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import type { FileProblem } from '../ipc/messages.ts';
import { accept, type Candidate, formerCandidate, rescueCandidate } from './candidate.ts';
import { FileTrouble } from './file-problems.ts';
import { type Environment, type Reading, readFile, recheck } from './reading.ts';
import { Trial } from './trial.ts';

/** The result of comparing the configuration file with the active revision. */
export type Look =
  /** Equivalent to the active revision; `refreshed` is true when only its origin changed, e.g. to the file. */
  | { what: 'same'; refreshed: boolean }
  /** The file is missing, broken, or has content that has already failed: the active revision stays in force. */
  | { what: 'unusable'; why: 'gone' | 'broken' | 'failed'; message: string }
  | { what: 'changed'; how: 'live' | 'handover'; keys: string[]; checked: CheckedConfig; origin: Origin };

type Origin = 'file' | 'default';

export interface KeeperOptions {
  home: Home;
  env: Environment;
  revisions: RevisionStore;
  log: Logger;
  /** Called when something that `/v1/status` shows has changed. Must not throw. */
  changed(): void;
}

/**
 * Owns the active configuration: which revision runs, which one the file asks for, and which one to fall back to. It
 * decides; the supervisor starts generations. The active revision is on trial, good, or failed. One becomes active at
 * the daemon's start or by `checkFile` → `propose` → `take`. Its trial ends well when its time is
 * over, or badly with `fallBack`. `reject` is for a candidate that never became active.
 */
export class ConfigKeeper {
  readonly #options: KeeperOptions;
  readonly #trial: Trial;
  readonly #trouble: FileTrouble;
  #current: Candidate;
  #usable = true;
  #filesOfFile: string[] = [];

  /**
   * Chooses the first configuration: the file, else the last revision that was good or on trial, else rescue mode. The
   * defaults are only for a home that never had a file, because an operator who deleted one still expects its agents.
   */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#trial = new Trial(() => this.#passed());
    this.#trouble = new FileTrouble(() => options.changed());
    const found = this.#read();
    if (found.what === 'broken') this.#broken(found);
    const start = this.#isToStartWith(found) ? this.#atStart(found) : this.#lastThatRan();
    this.#usable = start !== undefined;
    this.#current =
      start ?? rescueCandidate(found.what === 'broken' ? found.text : '', options.home, options.env);
    if (found.what === 'missing') this.#missing();
  }

  get current(): Candidate {
    return this.#current;
  }

  /** False when no configuration is usable to run sessions with; generations start in rescue mode then. */
  get usable(): boolean {
    return this.#usable;
  }

  get onTrial(): boolean {
    return this.#trial.running;
  }

  get problem(): FileProblem | null {
    return this.#trouble.problem;
  }

  /** Returns as sentences why the daemon does not run what the file says; empty when it does. */
  get reasons(): string[] {
    const { accepted, state } = this.#current;
    const { revision, origin } = accepted;
    const which = state === 'good' ? 'the last known good one' : 'the last one that ran';
    const instead = origin === 'last-known-good' ? `, ${which}, runs instead` : ' is still active';
    const runs = this.#usable ? `Revision ${revision}${instead}` : 'No session runs until the file is fixed';
    if (this.problem) return [`${runs}: ${this.problem.message}`];
    return this.#trouble.gone ? [`The configuration file is gone. ${runs}.`] : [];
  }

  /** Files beside the configuration whose content is part of it: of the active revision and of the file. */
  get files(): readonly string[] {
    return [...new Set([...this.#current.checked.files, ...this.#filesOfFile])];
  }

  /** Reads the file and compares it with the active revision. `again`: content that has failed is retried. */
  look(again = false): Look {
    const look = this.#look(again);
    this.#options.log.debug({ found: look.what }, 'config:looked');
    return look;
  }

  #look(again: boolean): Look {
    const found = this.#read();
    if (found.what === 'broken') return this.#broken(found);
    if (found.what === 'missing' && (this.#usable || !again)) return this.#missing();
    return this.#compare(checkedOf(found, this.#options), originOf(found), again);
  }

  /** Makes a revision of the changed content. Reuses the latest one if it failed or was proposed with it. */
  propose({ checked, origin, keys }: Extract<Look, { what: 'changed' }>): Candidate {
    const last = this.#options.revisions.list().at(-1);
    const isOpen = last?.state === 'failed' || (last?.state === 'trial' && !this.#runs(last.number));
    return this.#numbered(checked, origin, keys, isOpen && last.hash === checked.hash ? last : undefined);
  }

  /** Marks a proposed revision as replaced, because another one is wanted before it became active. */
  withdraw(candidate: Candidate): void {
    const { revision } = candidate.accepted;
    if (candidate.state === 'trial' && !this.#runs(revision))
      this.#options.revisions.mark(revision, 'replaced');
  }

  #runs(revision: number): boolean {
    return this.#current.accepted.revision === revision;
  }

  /** Makes the candidate active, because a generation serves with it or has applied it. The former trial ends. */
  take(candidate: Candidate): void {
    const { revisions } = this.#options;
    const former = this.#current;
    const isRevision = candidate.accepted.revision > 0;
    if (candidate.state === 'failed' && isRevision) this.#mark(candidate, 'trial');
    if (former !== candidate && former.state === 'trial') {
      revisions.mark(former.accepted.revision, 'replaced');
      this.#trial.end();
    }
    if (former !== candidate && candidate.accepted.origin === 'file') this.#trouble.overtaken();
    this.#current = candidate;
    this.#usable ||= isRevision;
    this.#options.changed();
  }

  /** Starts the trial of the active revision, because a generation that runs sessions serves with it now. */
  serving(): void {
    const { state, checked } = this.#current;
    if (state === 'trial') this.#trial.begin(checked.config.handover.trial);
  }

  /** Marks the candidate failed, with secrets masked. The same content is not retried automatically. */
  reject(candidate: Candidate, why: string): void {
    const { revision } = candidate.accepted;
    const reason = createMask(candidate.checked.secrets)(why);
    this.#mark(candidate, 'failed', reason);
    this.#options.log.error({ revision, keys: candidate.keys, reason }, 'config:failed');
    const problem = { message: reason, problems: [], since: Date.now() };
    this.#trouble.failed(candidate.checked.fingerprint, problem);
  }

  /**
   * Falls back to the last good revision after the generation of one on trial has failed; `end` says how. Returns true
   * when there was another revision, which is `current` now; false when none was or the active one was not on trial.
   */
  fallBack(end: string): boolean {
    const failed = this.#current;
    if (failed.state !== 'trial') return false;
    this.#trial.end();
    const good = this.#lastKnownGood();
    if (!good || good.accepted.revision === failed.accepted.revision) return false;
    this.#current = { ...good, keys: pathsOf(planChange(failed.checked, good.checked)) };
    this.reject(failed, `revision ${failed.accepted.revision} was given up: its generation ${end}`);
    return true;
  }

  /** Stops the trial's timer; a revision on trial stays so, and the next daemon start begins it again. */
  close(): void {
    this.#trial.end();
  }

  #compare(checked: CheckedConfig, origin: Origin, again: boolean): Look {
    const plan = planChange(this.#current.checked, checked);
    const keys = pathsOf(plan);
    if (keys.length === 0 && this.#usable) return this.#same(checked, origin);
    const failed = again ? undefined : this.#trouble.failedBefore(checked.fingerprint);
    if (failed) return { what: 'unusable', why: 'failed', message: failed.message };
    this.#trouble.untried();
    const how = plan.apply === 'handover' || !this.#usable ? 'handover' : 'live';
    return { what: 'changed', how, keys, checked, origin };
  }

  /** Keeps the revision but takes over the file's text, so that the next generation receives exactly that. */
  #same(checked: CheckedConfig, origin: Origin): Look {
    const { accepted } = this.#current;
    this.#options.revisions.refresh(accepted.revision, checked);
    this.#current = { ...this.#current, checked, accepted: accept(accepted.revision, checked, origin) };
    this.#trouble.solved();
    return { what: 'same', refreshed: origin !== accepted.origin };
  }

  #missing(): Look {
    if (this.#current.accepted.origin === 'default' && this.#usable) {
      this.#trouble.solved();
      return { what: 'same', refreshed: false };
    }
    const { log, home } = this.#options;
    if (this.#trouble.missing()) log.warn({ file: home.config }, 'config:gone');
    return { what: 'unusable', why: 'gone', message: 'The configuration file is gone; nothing changes.' };
  }

  #broken({ content, error }: Extract<Reading, { what: 'broken' }>): Look {
    const message = summary(error);
    const { problems } = error;
    const isNew = this.#trouble.broken(content, { message, problems: [...problems], since: Date.now() });
    if (isNew) this.#options.log.error({ problems }, 'config:broken');
    return { what: 'unusable', why: 'broken', message };
  }

  #passed(): void {
    this.#mark(this.#current, 'good');
    this.#options.log.info({ revision: this.#current.accepted.revision }, 'config:good');
    this.#options.changed();
  }

  #isToStartWith(found: Reading): found is Exclude<Reading, { what: 'broken' }> {
    const { revisions } = this.#options;
    const last = revisions.lastKnownGood() ?? revisions.lastOnTrial();
    return found.what === 'valid' || (found.what === 'missing' && last?.revision.origin !== 'file');
  }

  #atStart(found: Exclude<Reading, { what: 'broken' }>): Candidate {
    const checked = checkedOf(found, this.#options);
    const { revisions } = this.#options;
    const good = revisions.lastKnownGood();
    const last = revisions.list().at(-1);
    const known = [good?.revision, last].find((each) => each?.hash === checked.hash);
    const before = good && recheck(good.source, this.#options.home, this.#options.env);
    const keys = before ? pathsOf(planChange(before, checked)) : [];
    return this.#numbered(checked, originOf(found), keys, known);
  }

  #numbered(checked: CheckedConfig, origin: Origin, keys: string[], known?: Revision): Candidate {
    const { source, hash } = checked;
    const { revisions } = this.#options;
    const revision = known ?? revisions.add({ source, hash, origin, keys, at: Date.now() });
    const candidate: Candidate = {
      accepted: accept(revision.number, checked, origin),
      checked,
      keys,
      state: revision.state === 'good' ? 'good' : 'trial',
    };
    if (revision.state !== candidate.state) this.#mark(candidate, 'trial');
    return candidate;
  }

  #lastThatRan(): Candidate | undefined {
    return this.#lastKnownGood() ?? this.#former(this.#options.revisions.lastOnTrial());
  }

  #lastKnownGood(): Candidate | undefined {
    return this.#former(this.#options.revisions.lastKnownGood());
  }

  #former(stored: StoredRevision | undefined): Candidate | undefined {
    const { home, env } = this.#options;
    return stored && formerCandidate(stored, home, env);
  }

  #mark(candidate: Candidate, state: Candidate['state'], reason?: string): void {
    candidate.state = state;
    this.#options.revisions.mark(candidate.accepted.revision, state, reason);
  }

  #read(): Reading {
    const found = readFile(this.#options.home, this.#options.env);
    this.#filesOfFile = found.files;
    return found;
  }
}

function pathsOf({ changes }: Plan): string[] {
  return changes.map(({ path }) => path);
}

/** Returns the checked configuration of a valid file, or the defaults when the file is missing. */
function checkedOf(found: Exclude<Reading, { what: 'broken' }>, { home }: KeeperOptions): CheckedConfig {
  return found.what === 'valid' ? found.checked : checkConfig('', { home, env: {} });
}

function originOf(found: Exclude<Reading, { what: 'broken' }>): Origin {
  return found.what === 'valid' ? 'file' : 'default';
}

/** Summarizes an invalid file in one line: the first problem with its position, and how many more there are. */
function summary({ message, problems }: ConfigError): string {
  const [first = message] = message.split('\n');
  const more = problems.length - 1;
  return more > 0 ? `${first} (and ${more} more)` : first;
}
