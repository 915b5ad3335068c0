import type { CheckedConfig } from '../../config/check/check.ts';
import { type ChangePlan, planChange } from '../../config/revisions/plan.ts';
import type { ConfigRevision, RevisionStore, StoredRevision } from '../../config/revisions/revisions.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Home } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import type { FileProblem } from '../ipc/messages.ts';
import { type Candidate, createRescueCandidate, restoreCandidate, toAcceptedConfig } from './candidate.ts';
import { FileProblems } from './file-problems.ts';
import {
  type ConfigReading,
  checkReading,
  checkStoredSource,
  type EnvVariables,
  type FileCheck,
  type Origin,
  originOf,
  readConfigFile,
  summarizeProblems,
  type UsableReading,
} from './reading.ts';
import { Trial } from './trial.ts';

export interface ActiveConfigOptions {
  home: Home;
  env: EnvVariables;
  revisions: RevisionStore;
  log: Logger;
  /** Called when something that `/v1/status` shows has changed. Must not throw. */
  onChange(): void;
}

/**
 * Owns the active configuration: which revision runs, which one the file asks for, and which one to fall back to. It
 * decides; the supervisor starts generations. The active revision is on trial, good, or failed. One becomes active at
 * the daemon's start or by `checkFile` → `proposeRevision` → `activateRevision`. Its trial ends well when its time is
 * over, or badly with `fallBack`. `rejectRevision` is for a candidate that never became active.
 */
export class ActiveConfig {
  readonly #options: ActiveConfigOptions;
  readonly #trial: Trial;
  readonly #problems: FileProblems;
  #current: Candidate;
  #canRunSessions = true;
  #filesOfFile: string[] = [];

  /**
   * Chooses the first configuration: the file, else the last revision that was good or on trial, else rescue mode. The
   * defaults are only for a home that never had a file, because an operator who deleted one still expects its agents.
   */
  constructor(options: ActiveConfigOptions) {
    this.#options = options;
    this.#trial = new Trial(() => this.#passTrial());
    this.#problems = new FileProblems(() => options.onChange());
    const found = this.#readFile();
    if (found.what === 'broken') this.#reportBrokenFile(found);
    const start = this.#canStartWith(found) ? this.#proposeAtStart(found) : this.#findLastActive();
    this.#canRunSessions = start !== undefined;
    this.#current =
      start ?? createRescueCandidate(found.what === 'broken' ? found.text : '', options.home, options.env);
    if (found.what === 'missing') this.#reportMissingFile();
  }

  get current(): Candidate {
    return this.#current;
  }

  /** False when no configuration is usable to run sessions with; generations start in rescue mode then. */
  get canRunSessions(): boolean {
    return this.#canRunSessions;
  }

  get onTrial(): boolean {
    return this.#trial.running;
  }

  get problem(): FileProblem | null {
    return this.#problems.problem;
  }

  /** Returns as sentences why the daemon does not run what the file says; empty when it does. */
  get reasons(): string[] {
    const { accepted, state } = this.#current;
    const { revision, origin } = accepted;
    const which = state === 'good' ? 'the last known good one' : 'the last one that ran';
    const instead = origin === 'last-known-good' ? `, ${which}, runs instead` : ' is still active';
    const runs = this.#canRunSessions
      ? `Revision ${revision}${instead}`
      : 'No session runs until the file is fixed';
    if (this.problem) return [`${runs}: ${this.problem.message}`];
    return this.#problems.isMissing ? [`The configuration file is gone. ${runs}.`] : [];
  }

  /** Files beside the configuration whose content is part of it: of the active revision and of the file. */
  get files(): readonly string[] {
    return [...new Set([...this.#current.checked.files, ...this.#filesOfFile])];
  }

  /** Reads the file and compares it with the active revision. `again`: content that has failed is retried. */
  checkFile(again = false): FileCheck {
    const look = this.#readAndCompare(again);
    this.#options.log.debug({ found: look.what }, 'config:looked');
    return look;
  }

  #readAndCompare(again: boolean): FileCheck {
    const found = this.#readFile();
    if (found.what === 'broken') return this.#reportBrokenFile(found);
    if (found.what === 'missing' && (this.#canRunSessions || !again)) return this.#reportMissingFile();
    return this.#compareWithActive(checkReading(found, this.#options.home), originOf(found), again);
  }

  /** Makes a revision of the changed content. Reuses the latest one if it failed or was proposed with it. */
  proposeRevision({ checked, origin, keys }: Extract<FileCheck, { what: 'changed' }>): Candidate {
    const last = this.#options.revisions.list().at(-1);
    const isOpen = last?.state === 'failed' || (last?.state === 'trial' && !this.#isActive(last.number));
    return this.#assignRevision(
      checked,
      origin,
      keys,
      isOpen && last.hash === checked.hash ? last : undefined,
    );
  }

  /** Marks a proposed revision as replaced, because another one is wanted before it became active. */
  withdrawProposal(candidate: Candidate): void {
    const { revision } = candidate.accepted;
    if (candidate.state === 'trial' && !this.#isActive(revision))
      this.#options.revisions.markRevision(revision, 'replaced');
  }

  #isActive(revision: number): boolean {
    return this.#current.accepted.revision === revision;
  }

  /** Makes the candidate active, because a generation serves with it or has applied it. The former trial ends. */
  activateRevision(candidate: Candidate): void {
    const { revisions } = this.#options;
    const former = this.#current;
    const isRevision = candidate.accepted.revision > 0;
    if (candidate.state === 'failed' && isRevision) this.#markRevision(candidate, 'trial');
    if (former !== candidate && former.state === 'trial') {
      revisions.markRevision(former.accepted.revision, 'replaced');
      this.#trial.stopTimer();
    }
    if (former !== candidate && candidate.accepted.origin === 'file') this.#problems.clearSuperseded();
    this.#current = candidate;
    this.#canRunSessions ||= isRevision;
    this.#options.onChange();
  }

  /** Starts the trial of the active revision, because a generation that runs sessions serves with it now. */
  startTrial(): void {
    const { state, checked } = this.#current;
    if (state === 'trial') this.#trial.startTimer(checked.config.handover.trial);
  }

  /** Marks the candidate failed, with secrets masked. The same content is not retried automatically. */
  rejectRevision(candidate: Candidate, why: string): void {
    const { revision } = candidate.accepted;
    const reason = createMask(candidate.checked.secrets)(why);
    this.#markRevision(candidate, 'failed', reason);
    this.#options.log.error({ revision, keys: candidate.keys, reason }, 'config:failed');
    const problem = { message: reason, problems: [], since: Date.now() };
    this.#problems.recordFailed(candidate.checked.fingerprint, problem);
  }

  /**
   * Falls back to the last good revision after the generation of one on trial has failed; `end` says how. Returns true
   * when there was another revision, which is `current` now; false when none was or the active one was not on trial.
   */
  fallBack(end: string): boolean {
    const failed = this.#current;
    if (failed.state !== 'trial') return false;
    this.#trial.stopTimer();
    const good = this.#findLastGood();
    if (!good || good.accepted.revision === failed.accepted.revision) return false;
    this.#current = { ...good, keys: listChangedPaths(planChange(failed.checked, good.checked)) };
    this.rejectRevision(failed, `revision ${failed.accepted.revision} was given up: its generation ${end}`);
    return true;
  }

  /** Stops the trial's timer; a revision on trial stays so, and the next daemon start begins it again. */
  close(): void {
    this.#trial.stopTimer();
  }

  #compareWithActive(checked: CheckedConfig, origin: Origin, again: boolean): FileCheck {
    const plan = planChange(this.#current.checked, checked);
    const keys = listChangedPaths(plan);
    if (keys.length === 0 && this.#canRunSessions) return this.#refreshActive(checked, origin);
    const failed = again ? undefined : this.#problems.findEarlierFailure(checked.fingerprint);
    if (failed) return { what: 'unusable', why: 'failed', message: failed.message };
    this.#problems.clearProblem();
    const how = plan.apply === 'handover' || !this.#canRunSessions ? 'handover' : 'live';
    return { what: 'changed', how, keys, checked, origin };
  }

  /** Keeps the revision but takes over the file's text, so that the next generation receives exactly that. */
  #refreshActive(checked: CheckedConfig, origin: Origin): FileCheck {
    const { accepted } = this.#current;
    this.#options.revisions.refreshSource(accepted.revision, checked);
    this.#current = {
      ...this.#current,
      checked,
      accepted: toAcceptedConfig(accepted.revision, checked, origin),
    };
    this.#problems.clearAll();
    return { what: 'same', refreshed: origin !== accepted.origin };
  }

  #reportMissingFile(): FileCheck {
    if (this.#current.accepted.origin === 'default' && this.#canRunSessions) {
      this.#problems.clearAll();
      return { what: 'same', refreshed: false };
    }
    const { log, home } = this.#options;
    if (this.#problems.recordMissing()) log.warn({ file: home.config }, 'config:gone');
    return { what: 'unusable', why: 'gone', message: 'The configuration file is gone; nothing changes.' };
  }

  #reportBrokenFile({ content, error }: Extract<ConfigReading, { what: 'broken' }>): FileCheck {
    const message = summarizeProblems(error);
    const { problems } = error;
    const isNew = this.#problems.recordBroken(content, {
      message,
      problems: [...problems],
      since: Date.now(),
    });
    if (isNew) this.#options.log.error({ problems }, 'config:broken');
    return { what: 'unusable', why: 'broken', message };
  }

  #passTrial(): void {
    this.#markRevision(this.#current, 'good');
    this.#options.log.info({ revision: this.#current.accepted.revision }, 'config:good');
    this.#options.onChange();
  }

  #canStartWith(found: ConfigReading): found is UsableReading {
    const { revisions } = this.#options;
    const last = revisions.findLastGood() ?? revisions.findLastOnTrial();
    return found.what === 'valid' || (found.what === 'missing' && last?.revision.origin !== 'file');
  }

  #proposeAtStart(found: UsableReading): Candidate {
    const checked = checkReading(found, this.#options.home);
    const { revisions } = this.#options;
    const good = revisions.findLastGood();
    const last = revisions.list().at(-1);
    const known = [good?.revision, last].find((each) => each?.hash === checked.hash);
    const before = good && checkStoredSource(good.source, this.#options.home, this.#options.env);
    const keys = before ? listChangedPaths(planChange(before, checked)) : [];
    return this.#assignRevision(checked, originOf(found), keys, known);
  }

  #assignRevision(checked: CheckedConfig, origin: Origin, keys: string[], known?: ConfigRevision): Candidate {
    const { source, hash } = checked;
    const { revisions } = this.#options;
    const revision = known ?? revisions.addRevision({ source, hash, origin, keys, at: Date.now() });
    const candidate: Candidate = {
      accepted: toAcceptedConfig(revision.number, checked, origin),
      checked,
      keys,
      state: revision.state === 'good' ? 'good' : 'trial',
    };
    if (revision.state !== candidate.state) this.#markRevision(candidate, 'trial');
    return candidate;
  }

  #findLastActive(): Candidate | undefined {
    return this.#findLastGood() ?? this.#restoreCandidate(this.#options.revisions.findLastOnTrial());
  }

  #findLastGood(): Candidate | undefined {
    return this.#restoreCandidate(this.#options.revisions.findLastGood());
  }

  #restoreCandidate(stored: StoredRevision | undefined): Candidate | undefined {
    const { home, env } = this.#options;
    return stored && restoreCandidate(stored, home, env);
  }

  #markRevision(candidate: Candidate, state: Candidate['state'], reason?: string): void {
    candidate.state = state;
    this.#options.revisions.markRevision(candidate.accepted.revision, state, reason);
  }

  #readFile(): ConfigReading {
    const found = readConfigFile(this.#options.home, this.#options.env);
    this.#filesOfFile = found.files;
    return found;
  }
}

function listChangedPaths({ changes }: ChangePlan): string[] {
  return changes.map(({ path }) => path);
}
