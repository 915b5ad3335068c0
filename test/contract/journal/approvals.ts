import { expect, it } from 'vitest';
import { ApprovalClosedError, ApprovalNotFoundError } from '../../../src/errors/approvals.ts';
import { UnreadInputError } from '../../../src/errors/errors.ts';
import type { ApprovalRow } from '../../../src/journal/approvals.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import {
  claimSession,
  createBatch,
  createDelivery,
  createMessage,
  createNote,
  listWaiting,
} from './given.ts';

const asked: ApprovalRow = {
  approval: 'a1',
  session: 's',
  agent: 'main',
  call: '1.1',
  tool: 'shell',
  input: { command: 'make deploy' },
  rule: 'shell(make deploy)',
  requester: 'ann',
  state: 'pending',
  requestedAt: 10,
  expiresAt: 90,
  resolvedAt: null,
  from: null,
  note: null,
  inquiry: null,
  content: null,
};

/** The contract of the role Approvals. */
export function approvalsContract(journal: () => Journal): void {
  precedenceContract(journal);

  it('[G1] a question is stored with the append that asks it, and changed by the one that decides it', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: [createNote(1)], approvals: [asked] }));
    await journal().append(
      createBatch('s', one, { approvals: [{ ...asked, approval: 'a2', requestedAt: 20 }] }),
    );
    const pending = await journal().listApprovals({ state: 'pending', limit: 10 });
    expect(pending.map(({ approval }) => approval)).toEqual(['a2', 'a1']);
    expect(pending[1]).toEqual(asked);
    const answer = { state: 'approved', resolvedAt: 30, from: 'ben', note: 'go' } as const;
    await journal().append(createBatch('s', one, { approvals: [{ ...asked, ...answer }] }));
    expect(await journal().findApproval('a1')).toEqual({ ...asked, ...answer });
    expect(await journal().listApprovals({ state: 'pending', session: 's', limit: 1 })).toHaveLength(1);
    expect(await journal().listApprovals({ session: 't', limit: 10 })).toEqual([]);
    expect(await journal().findApproval('none')).toBeUndefined();
  });

  it('[G1] questions of the same time are listed in a stable order, in whatever order they were asked', async () => {
    const one = await claimSession(journal(), 's');
    const approvals = ['c', 'a', 'b'].map((approval) => ({ ...asked, approval }));
    await journal().append(createBatch('s', one, { events: [createNote(1)], approvals }));
    for (const query of [{ state: 'pending' }, { session: 's' }, {}] as const) {
      const found = await journal().listApprovals({ ...query, limit: 10 });
      expect(found.map(({ approval }) => approval)).toEqual(['c', 'b', 'a']);
    }
  });

  it('a refused append adds no question, no grant and no input', async () => {
    const one = await claimSession(journal(), 's');
    const grant = { agent: 'main', session: null, rule: 'r', at: 1, from: null };
    const send = [{ session: 'child', agent: 'main', input: createMessage('x') }];
    const refused = createBatch('s', one, {
      events: [createNote(7)],
      approvals: [asked],
      grants: [grant],
      send,
    });
    await expect(journal().append(refused)).rejects.toThrow();
    expect(await journal().findApproval('a1')).toBeUndefined();
    expect(await journal().listGrants()).toEqual([]);
    expect(await journal().findSession('child')).toBeUndefined();
  });

  it('a grant is stored once and can be revoked', async () => {
    const one = await claimSession(journal(), 's');
    const name = { agent: 'main', session: null, rule: 'shell(ls)' };
    const grant = { ...name, at: 5, from: 'ann' };
    await journal().append(createBatch('s', one, { grants: [grant] }));
    await journal().append(createBatch('s', one, { grants: [{ ...grant, at: 9, from: 'ben' }] }));
    expect(await journal().listGrants()).toEqual([grant]);
    expect(await journal().listGrantedRules('s', 'main')).toEqual(['shell(ls)']);
    expect(await journal().listGrantedRules('s', 'other')).toEqual([]);
    expect(await journal().revokeGrant(name)).toBe(true);
    expect(await journal().revokeGrant(name)).toBe(false);
    expect(await journal().listGrants()).toEqual([]);
  });

  it('a grant for one session applies only there, and is revoked separately', async () => {
    const [one, two] = [await claimSession(journal(), 's'), await claimSession(journal(), 't')];
    const name = { agent: 'main', session: 's', rule: 'shell(ls)' };
    const everywhere = { ...name, session: null, at: 7, from: null };
    const grant = { ...name, at: 5, from: 'ann' };
    await journal().append(createBatch('s', one, { grants: [grant, { ...grant, at: 6 }, everywhere] }));
    await journal().append(createBatch('t', two, { grants: [{ ...grant, session: 't' }] }));
    expect(await journal().listGrants()).toEqual([everywhere, grant, { ...grant, session: 't' }]);
    expect(await journal().revokeGrant({ ...name, agent: 'other' })).toBe(false);
    expect(await journal().revokeGrant({ ...name, session: null })).toBe(true);
    expect(await journal().listGrantedRules('s', 'main')).toEqual(['shell(ls)']);
    expect(await journal().listGrantedRules('new', 'main')).toEqual([]);
    expect(await journal().revokeGrant(name)).toBe(true);
    expect(await journal().listGrantedRules('s', 'main')).toEqual([]);
    expect(await journal().listGrantedRules('t', 'main')).toEqual(['shell(ls)']);
  });
}

/** The contract for inputs that compete with the end of a question or a turn. */
function precedenceContract(journal: () => Journal): void {
  const decide = (at: number, id = 'd1', approval = 'a1', session = 's') =>
    journal().deliver({
      ...{ session, agent: 'main', at },
      input: { kind: 'approval', id, approval, decision: 'approve' },
    });
  const expired = { ...asked, state: 'expired', resolvedAt: 95 } as const;

  it('[G1] a decision is stored while its question is open, and refused from its end on', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { approvals: [asked] }));
    await expect(decide(90)).rejects.toThrow('it was expired already');
    expect(await listWaiting(journal(), 's')).toHaveLength(1);
    expect(await decide(89)).toMatchObject({ duplicate: false });
    expect(await decide(95)).toMatchObject({ duplicate: true });
    await journal().append(
      createBatch('s', one, { approvals: [{ ...asked, approval: 'a2', state: 'superseded' }] }),
    );
    await expect(decide(50, 'd2', 'a2')).rejects.toThrow(ApprovalClosedError);
    await expect(decide(50, 'd3', 'none')).rejects.toThrow(ApprovalNotFoundError);
    await journal().deliver(createDelivery('t', 'first'));
    await expect(decide(50, 'd4', 'a1', 't')).rejects.toThrow(ApprovalNotFoundError);
  });

  it('[G1] an append that yields is refused while a decision or a cancel is unread', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { approvals: [asked] }));
    await decide(89);
    await journal().deliver(createDelivery('s', 'steer'));
    const ends = { events: [createNote(1)], approvals: [expired], yields: true };
    const refused = createBatch('s', one, ends);
    await expect(journal().append(refused)).rejects.toThrow(UnreadInputError);
    expect(await journal().findApproval('a1')).toEqual(asked);
    const [first, decision] = await listWaiting(journal(), 's');
    if (first === undefined || decision === undefined) throw new Error('the inbox is empty');
    await expect(journal().append({ ...refused, consumed: [first] })).rejects.toThrow(UnreadInputError);
    await journal().append({ ...refused, consumed: [first, decision] });
    await journal().deliver({ session: 's', agent: 'main', at: 99, input: { kind: 'cancel', id: 'c' } });
    await expect(journal().append(createBatch('s', one, { yields: true }))).rejects.toThrow(UnreadInputError);
    await journal().append(createBatch('s', one, { events: [createNote(2)] }));
  });

  it('[G1] of a decision and the end of its question at the same time, the first one wins', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { approvals: [asked] }));
    const end = () => journal().append(createBatch('s', one, { approvals: [expired], yields: true }));
    const both = await Promise.allSettled([decide(89), end()]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await journal().append(createBatch('s', one, { approvals: [{ ...asked, approval: 'a2' }] }));
    const rest = await listWaiting(journal(), 's');
    const late = { ...expired, approval: 'a2' };
    const other = await Promise.allSettled([
      journal().append(createBatch('s', one, { consumed: rest, approvals: [late], yields: true })),
      decide(89, 'd2', 'a2'),
    ]);
    expect(other.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
}
