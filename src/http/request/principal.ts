import {
  NotYourNameError,
  OperatorOnlyError,
  ReadOnlyTokenError,
  ScopedTokenError,
} from '../../errors/access.ts';
import type { Principal } from '../ports/principal.ts';
import type { RouteFacts } from './route-facts.ts';

/**
 * Checks a request against the role and the scope of its client:
 * 1. A reader opens only routes that read. Example: `POST …/messages` with its token gets 403 `read_only_token`.
 * 2. Only an operator opens routes that declare `operate`. Example: `PUT /v1/config` gets 403 `operator_only`.
 * 3. A token with limits opens only routes about sessions. Example: `GET /v1/status` gets 403 `scoped_token`.
 */
export function requirePermission({ role, name, scope }: Principal, facts: Required<RouteFacts>): void {
  const access = facts['x-access'];
  if (access === 'open') return;
  if (role === 'reader' && access !== 'read') throw new ReadOnlyTokenError(name ?? '');
  if (role !== 'operator' && access === 'operate') throw new OperatorOnlyError(name ?? '');
  if (scope && facts['x-about'] !== 'sessions') throw new ScopedTokenError(name ?? '');
}

/**
 * Applies the caller's identity to the `from` of a request:
 * 1. The operator may use any name; a named operator's own is the default. Example: `"from": "ci"` stays.
 * 2. Any other token sets its name. Example: Ann's token without `from` becomes `"from": "ann"`.
 * 3. Another name is refused. Example: Ann's token with `"from": "bob"` throws NotYourNameError.
 */
export function asPrincipal<T extends { from?: string }>(asked: T, { role, name }: Principal): T {
  if (name === null) return asked;
  if (asked.from === undefined || asked.from === name) return { ...asked, from: name };
  if (role === 'operator') return asked;
  throw new NotYourNameError(name, asked.from);
}
