import { type CheckedConfig, checkConfig } from '../../config/check/check.ts';
import { salvageMembers } from '../../config/check/salvage.ts';
import type { StoredRevision } from '../../config/revisions/revisions.ts';
import type { Home } from '../../util/home.ts';
import type { AcceptedConfig } from '../ipc/messages.ts';
import { type Environment, recheck } from './reading.ts';

/** A configuration that runs, or that is about to. */
export interface Candidate {
  accepted: AcceptedConfig;
  checked: CheckedConfig;
  /** The keys that it changes. */
  keys: string[];
  state: 'trial' | 'good' | 'failed';
}

/** What generations are told of it. */
export function accept(
  revision: number,
  { source, given }: CheckedConfig,
  origin: AcceptedConfig['origin'],
): AcceptedConfig {
  return { revision, source, origin, given };
}

/** A revision that ran before, to run instead of what the file says; undefined when it is not valid any more. */
export function formerCandidate(
  { revision, source }: StoredRevision,
  home: Home,
  env: Environment,
): Candidate | undefined {
  const checked = recheck(source, home, env);
  if (!checked) return undefined;
  const accepted = accept(revision.number, checked, 'last-known-good');
  return { accepted, checked, keys: [], state: revision.state === 'good' ? 'good' : 'trial' };
}

/**
 * What rescue mode runs with when no revision can: the address and the tokens that the broken file still names
 * validly, so that the operator reaches the daemon where it belongs, else the defaults, which listen on a loopback
 * address. An address that needs a token is never used without one. The origin is not `default`, which means that
 * there is no file.
 */
export function rescueCandidate(text: string, home: Home, env: Environment): Candidate {
  const { listen, auth } = salvageMembers(text, ['listen', 'auth']);
  const wanted = [{ listen, auth }, { listen }].map((members) => JSON.stringify(members));
  const [kept] = wanted.flatMap((source) => recheck(source, home, env) ?? []);
  const checked = kept ?? checkConfig('', { home, env: {} });
  return { accepted: accept(0, checked, 'last-known-good'), checked, keys: [], state: 'failed' };
}
