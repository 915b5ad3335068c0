import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import {
  claimSession,
  createBatch,
  createDelivery,
  createMessage,
  createNote,
  listWaiting,
} from './given.ts';

/** The contract of the role Inbox. */
export function inboxContract(journal: () => Journal): void {
  it('[A1] an acknowledged input is in the inbox, whichever generation owns the session', async () => {
    await claimSession(journal(), 's');
    const receipt = await journal().deliver(createDelivery('s', 'second'));
    expect(receipt).toEqual({ session: 's', input: 'second', seq: 0, duplicate: false });
    expect(await journal().readInbox('s')).toEqual([
      { entry: expect.any(Number), at: 1000, agent: 'main', input: createMessage('first') },
      { entry: expect.any(Number), at: 1000, agent: 'main', input: createMessage('second') },
    ]);
  });

  it('[A3] the same input id is stored once and gets the same receipt', async () => {
    const first = await journal().deliver(createDelivery('s', 'a'));
    const again = await journal().deliver(
      createDelivery('s', 'a', { input: createMessage('a', 'something else'), at: 2000 }),
    );
    expect(again).toEqual({ ...first, duplicate: true });
    expect((await journal().readInbox('s')).map(({ input }) => input)).toEqual([createMessage('a')]);
  });

  it('[A3] two deliveries of one id at the same time are one input', async () => {
    const receipts = await Promise.all([
      journal().deliver(createDelivery('s', 'a')),
      journal().deliver(createDelivery('s', 'a')),
    ]);
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(await journal().readInbox('s')).toHaveLength(1);
  });

  it('[A3] an input that was consumed long ago is still a duplicate with its first receipt', async () => {
    const generation = await claimSession(journal(), 's');
    const consumed = await listWaiting(journal(), 's');
    await journal().append(
      createBatch('s', generation, { events: [createNote(1)], consumed, status: 'idle' }),
    );
    expect(await journal().deliver(createDelivery('s', 'first'))).toMatchObject({ seq: 0, duplicate: true });
    expect(await journal().readInbox('s')).toEqual([]);
    expect(await journal().listUnfinished()).toEqual([]);
  });

  it('input ids belong to their session', async () => {
    await journal().deliver(createDelivery('s', 'a'));
    expect(await journal().deliver(createDelivery('other', 'a'))).toMatchObject({ duplicate: false });
  });

  it('a receipt gives the position after which all events of the input follow', async () => {
    const generation = await claimSession(journal(), 's');
    await journal().append(createBatch('s', generation, { events: [createNote(1), createNote(2)] }));
    expect(await journal().deliver(createDelivery('s', 'later'))).toMatchObject({ seq: 2 });
  });

  it('[A6] inputs are listed in order of arrival, without consumed ones', async () => {
    const generation = await claimSession(journal(), 's');
    const ids = Array.from({ length: 50 }, (_, index) => `i${index}`);
    await Promise.all(ids.map((id) => journal().deliver(createDelivery('s', id))));
    const inbox = await journal().readInbox('s');
    expect(inbox.map(({ input }) => input.id)).toEqual(['first', ...ids]);
    const [first, , third] = inbox.map(({ entry }) => entry);
    await journal().append(createBatch('s', generation, { consumed: [first ?? 0, third ?? 0] }));
    expect((await journal().readInbox('s')).map(({ input }) => input.id)).toEqual(['i0', ...ids.slice(2)]);
  });

  it('the first delivery creates the session; the agent of later ones is ignored', async () => {
    await journal().deliver(createDelivery('s', 'a', { agent: 'helpful', at: 5 }));
    await journal().deliver(createDelivery('s', 'b', { agent: 'other', at: 7 }));
    expect(await journal().findSession('s')).toEqual({
      session: 's',
      agent: 'helpful',
      owner: null,
      seq: 0,
      status: 'queued',
      inputs: 2,
      wakeAt: null,
      createdAt: 5,
      updatedAt: 7,
      damaged: null,
    });
    expect((await journal().readInbox('s')).map(({ agent }) => agent)).toEqual(['helpful', 'helpful']);
  });

  it('a session that does not exist has no inbox and no row', async () => {
    expect(await journal().readInbox('nobody')).toEqual([]);
    expect(await journal().findSession('nobody')).toBeUndefined();
  });

  it('ids and texts of any kind come back unchanged', async () => {
    const odd = 'slack/C1/1774.5 "quotes" \'and\' %_ \u{1f980} \n end';
    await journal().deliver(createDelivery(odd, odd, { input: createMessage(odd, odd) }));
    expect((await journal().readInbox(odd)).map(({ input }) => input)).toEqual([createMessage(odd, odd)]);
    expect(await journal().findSession(odd)).toMatchObject({ session: odd });
  });
}
