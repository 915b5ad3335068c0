import { type CheckedConfig, checkConfig } from '../../config/check.ts';
import type { StoredRevision } from '../../config/revisions.ts';
import type { Home } from '../../util/home.ts';
import type { AcceptedConfig } from '../messages.ts';
import { type Environment, recheck } from './reading.ts';

/** A configuration that runs, or that shall. */
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
 * What rescue mode is run with: the defaults, which listen on a loopback address. Their origin is not `default`: that
 * says that there is no file.
 */
export function nothingOfUse(home: Home): Candidate {
  const checked = checkConfig('', { home, env: {} });
  return { accepted: accept(0, checked, 'last-known-good'), checked, keys: [], state: 'failed' };
}
