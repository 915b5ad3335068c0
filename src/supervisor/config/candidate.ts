import { type CheckedConfig, checkConfig } from '../../config/check/check.ts';
import { salvageMembers } from '../../config/check/salvage.ts';
import type { StoredRevision } from '../../config/revisions/revisions.ts';
import type { Home } from '../../util/home.ts';
import type { AcceptedConfig } from '../ipc/messages.ts';
import { checkStoredSource, type EnvVariables } from './reading.ts';

/**
 * A checked configuration that a generation runs or is about to run, with its revision number and its trial state.
 */
export interface Candidate {
  accepted: AcceptedConfig;
  checked: CheckedConfig;
  /** Paths of the configuration keys that it changes, compared with the revision before it. */
  keys: string[];
  state: 'trial' | 'good' | 'failed';
}

/**
 * Builds the form in which a generation receives a configuration over IPC: source text, revision, origin and
 * resolved references.
 */
export function toAcceptedConfig(
  revision: number,
  { source, given }: CheckedConfig,
  origin: AcceptedConfig['origin'],
): AcceptedConfig {
  return { revision, source, origin, given };
}

/**
 * Makes a candidate of a stored revision that is to run instead of the file's content. Returns undefined when the
 * stored text is no longer valid, e.g. because a referenced file is gone.
 */
export function restoreCandidate(
  { revision, source }: StoredRevision,
  home: Home,
  env: EnvVariables,
): Candidate | undefined {
  const checked = checkStoredSource(source, home, env);
  if (!checked) return undefined;
  const accepted = toAcceptedConfig(revision.number, checked, 'last-known-good');
  return { accepted, checked, keys: [], state: revision.state === 'good' ? 'good' : 'trial' };
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
export function createRescueCandidate(text: string, home: Home, env: EnvVariables): Candidate {
  const { listen, auth } = salvageMembers(text, ['listen', 'auth']);
  const wanted = [{ listen, auth }, { listen }].map((members) => JSON.stringify(members));
  const [kept] = wanted.flatMap((source) => checkStoredSource(source, home, env) ?? []);
  const checked = kept ?? checkConfig('', { home, env: {} });
  return { accepted: toAcceptedConfig(0, checked, 'last-known-good'), checked, keys: [], state: 'failed' };
}
