import { formatAddress, isLoopback } from '../fields/address.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';

/**
 * Returns the problems of `listen` and `auth`; `noSuchAgent` makes the finding for an agent that does not exist.
 */
export function checkAccess(
  parsed: ParsedConfig,
  noSuchAgent: (path: PropertyKey[], agent: string) => Finding,
): Finding[] {
  return [
    ...checkListen(parsed),
    ...checkTokens(parsed),
    ...checkNames(parsed),
    ...checkScopes(parsed, noSuchAgent),
  ];
}

function checkListen({ listen, auth }: ParsedConfig): Finding[] {
  if (isLoopback(listen.host) || listOwners(auth).length > 0) return [];
  return [
    {
      path: ['listen'],
      at: 'value',
      message: `${formatAddress(listen)} can be reached from other machines and there is no token`,
      hint: `add one to "auth.tokens" or "auth.people", or listen on ${formatAddress({ ...listen, host: '127.0.0.1' })}`,
    },
  ];
}

/** Refuses a token that belongs to two owners, because a request with it could not be attributed to either. */
function checkTokens({ auth }: ParsedConfig): Finding[] {
  const owners = new Map<string, string>();
  return listOwners(auth).flatMap(({ token, owner, path }): Finding[] => {
    const known = owners.get(token);
    owners.set(token, owner);
    if (known === undefined || known === owner) return [];
    return [{ path, at: 'value', message: `is the token of ${known} too` }];
  });
}

function listOwners({ tokens, people, clients }: ParsedConfig['auth']) {
  return [
    ...tokens.map((token, index) => ({ token, owner: '"auth.tokens"', path: ['auth', 'tokens', index] })),
    ...Object.entries(people).map(([name, token]) => {
      return { token, owner: `"${name}"`, path: ['auth', 'people', name] };
    }),
    ...Object.entries(clients).map(([name, { token }]) => {
      return { token, owner: `"${name}" of "auth.clients"`, path: ['auth', 'clients', name, 'token'] };
    }),
  ];
}

/** Refuses a name that two tokens would prove with different permissions. */
function checkNames({ auth: { people, clients } }: ParsedConfig): Finding[] {
  return Object.keys(clients)
    .filter((name) => Object.hasOwn(people, name))
    .map((name) => ({
      path: ['auth', 'clients', name],
      at: 'key',
      message: 'is a name of "auth.people" too',
      hint: 'keep one of the two entries',
    }));
}

/** Refuses limits that the role makes meaningless, and agents that do not exist. */
function checkScopes(
  { auth, agents }: ParsedConfig,
  noSuchAgent: (path: PropertyKey[], agent: string) => Finding,
): Finding[] {
  return Object.entries(auth.clients).flatMap(([name, client]): Finding[] => {
    const path = ['auth', 'clients', name];
    const limits = (['sessions', 'agents'] as const).filter((limit) => client[limit] !== undefined);
    if (client.role === 'operator' && limits.length > 0) {
      const message = 'cannot be "operator" in an entry with limits, because an operator may do everything';
      const hint = `remove ${limits.map((limit) => `"${limit}"`).join(' and ')}, or use "approver"`;
      return [{ path: [...path, 'role'], at: 'value', message, hint }];
    }
    return (client.agents ?? []).flatMap((agent, index) =>
      Object.hasOwn(agents, agent) ? [] : [noSuchAgent([...path, 'agents', index], agent)],
    );
  });
}
