import { checkConfig } from '../../config/check/check.ts';
import { salvageMembers } from '../../config/check/salvage.ts';
import { planChange } from '../../config/revisions/plan.ts';
import type { RevisionStore, StoredRevision } from '../../config/revisions/revisions.ts';
import type { Logger } from '../../telemetry/log.ts';
import { recordBroken, recordMissing } from '../core/config/file-problems.ts';
import {
  type ActiveRevision,
  type ConfigState,
  type FileProblemState,
  NO_FILE_PROBLEMS,
} from '../core/model/revision.ts';
import type { ConfigFiles, ConfigFilesOptions } from './config-files.ts';
import {
  type ConfigReading,
  checkReading,
  checkStoredSource,
  originOf,
  summarizeProblems,
  type UsableReading,
} from './reading.ts';

/** What the choice of the first configuration needs. */
export interface FirstConfigDeps extends ConfigFilesOptions {
  files: ConfigFiles;
  log: Logger;
}

/**
 * Chooses the first configuration: the file, else the last revision that was good or on trial, else rescue mode. The
 * defaults are only for a home that never had a file, because an operator who deleted one still expects its agents.
 */
export function chooseFirstConfig(deps: FirstConfigDeps): ConfigState {
  const found = deps.files.readFile();
  const start = canStartWith(deps.revisions, found) ? proposeAtStart(deps, found) : findLastActive(deps);
  const active = start ?? createRescueRevision(deps, found.what === 'broken' ? found.text : '');
  const file = reportProblem(deps, found, active.origin === 'default' && start !== undefined);
  return { active, canRunSessions: start !== undefined, trialRuns: false, file };
}

function reportProblem(
  { log, home }: FirstConfigDeps,
  found: ConfigReading,
  isDefault: boolean,
): FileProblemState {
  if (found.what === 'broken') {
    const { content, error } = found;
    const problems = [...error.problems];
    log.error({ problems }, 'config:broken');
    const problem = { message: summarizeProblems(error), problems, since: Date.now() };
    return recordBroken(NO_FILE_PROBLEMS, content, problem);
  }
  if (found.what === 'valid' || isDefault) return NO_FILE_PROBLEMS;
  log.warn({ file: home.config }, 'config:gone');
  return recordMissing(NO_FILE_PROBLEMS);
}

function canStartWith(revisions: RevisionStore, found: ConfigReading): found is UsableReading {
  if (found.what !== 'missing') return found.what === 'valid';
  const last = revisions.findLastGood() ?? revisions.findLastOnTrial();
  return last?.revision.origin !== 'file';
}

/** Makes a revision of the file, or finds the stored one that has the same content. */
function proposeAtStart(
  { revisions, files, home, env }: FirstConfigDeps,
  found: UsableReading,
): ActiveRevision {
  const checked = checkReading(found, home);
  const good = revisions.findLastGood();
  const last = revisions.list().at(-1);
  const known = [good?.revision, last].find((each) => each?.hash === checked.hash);
  const before = good && checkStoredSource(good.source, home, env);
  const keys = before ? planChange(before, checked).changes.map(({ path }) => path) : [];
  const origin = originOf(found);
  const number = known?.number ?? revisions.nextNumber();
  const state = known?.state === 'good' ? 'good' : 'trial';
  const revision: ActiveRevision = { number, content: files.keepConfig(checked), origin, keys, state };
  if (!known) files.performRevision({ type: 'add_revision', revision });
  else if (known.state !== state) revisions.markRevision(number, state);
  return revision;
}

function findLastActive(deps: FirstConfigDeps): ActiveRevision | undefined {
  const { revisions } = deps;
  return (
    restoreRevision(deps, revisions.findLastGood()) ?? restoreRevision(deps, revisions.findLastOnTrial())
  );
}

/** Restores a stored revision that is to run instead of the file's content; undefined when it is not valid today. */
function restoreRevision(
  { files, home, env }: FirstConfigDeps,
  stored: StoredRevision | undefined,
): ActiveRevision | undefined {
  const checked = stored && checkStoredSource(stored.source, home, env);
  if (!stored || !checked) return undefined;
  const state = stored.revision.state === 'good' ? 'good' : 'trial';
  const content = files.keepConfig(checked);
  return { number: stored.revision.number, content, origin: 'last-known-good', keys: [], state };
}

/**
 * Returns the configuration for rescue mode when no revision is usable.
 *
 *   1. The address and the tokens are taken from the broken file where they are still valid, so that operators
 *      reach the daemon where they expect it: `listen` and `auth` of a file whose `agents` section is broken.
 *   2. An address that needs a token is never used without one: a public `listen` with an invalid `auth` is
 *      ignored.
 *   3. Otherwise the defaults apply, which listen on a loopback address only.
 *
 * The origin is not `default`, because that would mean that there is no file.
 */
function createRescueRevision({ files, home, env }: FirstConfigDeps, text: string): ActiveRevision {
  const { listen, auth } = salvageMembers(text, ['listen', 'auth']);
  const wanted = [{ listen, auth }, { listen }].map((members) => JSON.stringify(members));
  const [kept] = wanted.flatMap((source) => checkStoredSource(source, home, env) ?? []);
  const content = files.keepConfig(kept ?? checkConfig('', { home, env: {} }));
  return { number: 0, content, origin: 'last-known-good', keys: [], state: 'failed' };
}
