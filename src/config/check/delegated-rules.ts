import { listDelegationBypasses } from '../../permissions/reach.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';

/**
 * Warns about agents whose `ask` and `deny` rules can be bypassed by delegation. The operator wrote it, but probably did
 * not intend it.
 */
export function checkDelegatedRules({ agents }: ParsedConfig): Finding[] {
  return listDelegationBypasses(agents).map(({ from, to, rule }) => ({
    path: ['agents', from, 'tools'],
    at: 'key',
    message: `do not bind "${to}", to which "${from}" may delegate: its rule "${rule}" is ${agents[to]?.tools[rule]}`,
    hint: `deny "delegate(${to})", or set "agents.${to}.delegatedRules" to "both"`,
  }));
}
