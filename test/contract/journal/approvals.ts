import { expect, it } from 'vitest';
import type { ApprovalRow } from '../../../src/journal/approvals.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { batch, message, note, owned } from './given.ts';

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

export function approvalsContract(journal: () => Journal): void {
  it('[G1] a question is kept with the append that asks it, and changed by the one that answers', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: [note(1)], approvals: [asked] }));
    await journal().append(batch('s', one, { approvals: [{ ...asked, approval: 'a2', requestedAt: 20 }] }));
    const pending = await journal().approvals({ state: 'pending', limit: 10 });
    expect(pending.map(({ approval }) => approval)).toEqual(['a2', 'a1']);
    expect(pending[1]).toEqual(asked);
    const answer = { state: 'approved', resolvedAt: 30, from: 'ben', note: 'go' } as const;
    await journal().append(batch('s', one, { approvals: [{ ...asked, ...answer }] }));
    expect(await journal().approval('a1')).toEqual({ ...asked, ...answer });
    expect(await journal().approvals({ state: 'pending', session: 's', limit: 1 })).toHaveLength(1);
    expect(await journal().approvals({ session: 't', limit: 10 })).toEqual([]);
    expect(await journal().approval('none')).toBeUndefined();
  });

  it('a refused append asks nothing, grants nothing and sends nothing', async () => {
    const one = await owned(journal(), 's');
    const grant = { agent: 'main', session: null, rule: 'r', at: 1, from: null };
    const send = [{ session: 'child', agent: 'main', input: message('x') }];
    const refused = batch('s', one, { events: [note(7)], approvals: [asked], grants: [grant], send });
    await expect(journal().append(refused)).rejects.toThrow();
    expect(await journal().approval('a1')).toBeUndefined();
    expect(await journal().grants()).toEqual([]);
    expect(await journal().session('child')).toBeUndefined();
  });

  it('a grant is given once and can be taken back', async () => {
    const one = await owned(journal(), 's');
    const name = { agent: 'main', session: null, rule: 'shell(ls)' };
    const grant = { ...name, at: 5, from: 'ann' };
    await journal().append(batch('s', one, { grants: [grant] }));
    await journal().append(batch('s', one, { grants: [{ ...grant, at: 9, from: 'ben' }] }));
    expect(await journal().grants()).toEqual([grant]);
    expect(await journal().granted('s', 'main')).toEqual(['shell(ls)']);
    expect(await journal().granted('s', 'other')).toEqual([]);
    expect(await journal().revoke(name)).toBe(true);
    expect(await journal().revoke(name)).toBe(false);
    expect(await journal().grants()).toEqual([]);
  });

  it('a grant for one session holds there alone, and is taken back alone', async () => {
    const [one, two] = [await owned(journal(), 's'), await owned(journal(), 't')];
    const name = { agent: 'main', session: 's', rule: 'shell(ls)' };
    const everywhere = { ...name, session: null, at: 7, from: null };
    const grant = { ...name, at: 5, from: 'ann' };
    await journal().append(batch('s', one, { grants: [grant, { ...grant, at: 6 }, everywhere] }));
    await journal().append(batch('t', two, { grants: [{ ...grant, session: 't' }] }));
    expect(await journal().grants()).toEqual([everywhere, grant, { ...grant, session: 't' }]);
    expect(await journal().revoke({ ...name, agent: 'other' })).toBe(false);
    expect(await journal().revoke({ ...name, session: null })).toBe(true);
    expect(await journal().granted('s', 'main')).toEqual(['shell(ls)']);
    expect(await journal().granted('new', 'main')).toEqual([]);
    expect(await journal().revoke(name)).toBe(true);
    expect(await journal().granted('s', 'main')).toEqual([]);
    expect(await journal().granted('t', 'main')).toEqual(['shell(ls)']);
  });

  it('[H1] inputs for other sessions are delivered with the append, once', async () => {
    const one = await owned(journal(), 's');
    const send = [{ session: 'child', agent: 'helper', input: message('task') }];
    const heard: string[] = [];
    journal().watch((name) => heard.push(name));
    await journal().append(batch('s', one, { events: [note(1)], send }));
    await journal().append(batch('s', one, { events: [note(2)], send }));
    expect(await journal().session('child')).toMatchObject({ agent: 'helper', status: 'queued', inputs: 1 });
    expect((await journal().inbox('child')).map(({ input }) => input.id)).toEqual(['task']);
    expect(heard).toContain('child');
  });

  it('[H1] a result for a session that there is not is dropped', async () => {
    const one = await owned(journal(), 's');
    await journal().append(
      batch('s', one, { events: [note(1)], send: [{ session: 'gone', agent: '', input: message('r') }] }),
    );
    expect(await journal().session('gone')).toBeUndefined();
    expect(await journal().session('s')).toMatchObject({ seq: 1 });
  });
}
