import type { SessionScope } from '../../sessions/scope/scope.ts';

/** What a client may do: read; also send, cancel and decide; everything. */
export type Role = 'reader' | 'approver' | 'operator';

/** The client behind a request, as its token or the unix socket proves it. */
export interface Principal {
  role: Role;
  /** The name that the token proves; null for the operator, who may use any name. */
  name: string | null;
  via: 'socket' | 'tcp';
  /** The only sessions that the client may see; null for all. */
  scope: SessionScope | null;
}

/** The operator: on the unix socket, with a token of `auth.tokens`, and over TCP while no token is configured. */
export function createOperator(via: Principal['via']): Principal {
  return { role: 'operator', name: null, via, scope: null };
}
