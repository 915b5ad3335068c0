import type { ApprovalGrant, GrantKey } from '../../core/approvals/grants.ts';
import { cloneJson } from '../../util/lossless-json.ts';
import type { Approvals } from '../approvals.ts';
import type { MemoryState } from './state.ts';

export function createMemoryApprovals(state: MemoryState): Approvals {
  return {
    async listApprovals({ session, state: wanted, limit }) {
      return [...state.approvals.values()]
        .filter((row) => (session ?? row.session) === row.session && (wanted ?? row.state) === row.state)
        .sort((a, b) => b.requestedAt - a.requestedAt || (a.approval < b.approval ? 1 : -1))
        .slice(0, limit);
    },
    findApproval: async (id) => state.approvals.get(id),
    async listGrants() {
      const place = ({ agent, session, rule }: ApprovalGrant) => [agent, session ?? '', rule].join('\n');
      return cloneJson(state.grants).sort((a, b) => (place(a) < place(b) ? -1 : 1));
    },
    async listGrantedRules(session, agent) {
      const holds = (grant: ApprovalGrant) =>
        grant.session === session || (!grant.session && grant.agent === agent);
      return state.grants.filter(holds).map(({ rule }) => rule);
    },
    async revokeGrant(key) {
      const before = state.grants.length;
      state.grants = state.grants.filter((grant) => !isSameGrant(key)(grant));
      return state.grants.length < before;
    },
  };
}

export function isSameGrant(one: GrantKey) {
  return (other: ApprovalGrant) =>
    one.agent === other.agent && one.session === other.session && one.rule === other.rule;
}
