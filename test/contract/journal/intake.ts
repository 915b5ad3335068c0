import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { batch, delivery, message, note, owned, waiting } from './given.ts';

export function intakeContract(journal: () => Journal): void {
  it('[A1] an acknowledged input is in the inbox, whichever generation owns the session', async () => {
    await owned(journal(), 's');
    const receipt = await journal().deliver(delivery('s', 'second'));
    expect(receipt).toEqual({ session: 's', input: 'second', seq: 0, duplicate: false });
    expect(await journal().inbox('s')).toEqual([
      { entry: expect.any(Number), at: 1000, agent: 'main', input: message('first') },
      { entry: expect.any(Number), at: 1000, agent: 'main', input: message('second') },
    ]);
  });

  it('[A3] the same input id is stored once and gets the same receipt', async () => {
    const first = await journal().deliver(delivery('s', 'a'));
    const again = await journal().deliver(
      delivery('s', 'a', { input: message('a', 'something else'), at: 2000 }),
    );
    expect(again).toEqual({ ...first, duplicate: true });
    expect((await journal().inbox('s')).map(({ input }) => input)).toEqual([message('a')]);
  });

  it('[A3] two deliveries of one id at the same time are one input', async () => {
    const receipts = await Promise.all([
      journal().deliver(delivery('s', 'a')),
      journal().deliver(delivery('s', 'a')),
    ]);
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(await journal().inbox('s')).toHaveLength(1);
  });

  it('[A3] an input that was consumed long ago is still a duplicate with its first receipt', async () => {
    const generation = await owned(journal(), 's');
    const consumed = await waiting(journal(), 's');
    await journal().append(batch('s', generation, { events: [note(1)], consumed, status: 'idle' }));
    expect(await journal().deliver(delivery('s', 'first'))).toMatchObject({ seq: 0, duplicate: true });
    expect(await journal().inbox('s')).toEqual([]);
    expect(await journal().unfinished()).toEqual([]);
  });

  it('input ids belong to their session', async () => {
    await journal().deliver(delivery('s', 'a'));
    expect(await journal().deliver(delivery('other', 'a'))).toMatchObject({ duplicate: false });
  });

  it('a receipt gives the position after which all events of the input follow', async () => {
    const generation = await owned(journal(), 's');
    await journal().append(batch('s', generation, { events: [note(1), note(2)] }));
    expect(await journal().deliver(delivery('s', 'later'))).toMatchObject({ seq: 2 });
  });

  it('[A6] inputs are listed in order of arrival, without consumed ones', async () => {
    const generation = await owned(journal(), 's');
    const ids = Array.from({ length: 50 }, (_, index) => `i${index}`);
    await Promise.all(ids.map((id) => journal().deliver(delivery('s', id))));
    const inbox = await journal().inbox('s');
    expect(inbox.map(({ input }) => input.id)).toEqual(['first', ...ids]);
    const [first, , third] = inbox.map(({ entry }) => entry);
    await journal().append(batch('s', generation, { consumed: [first ?? 0, third ?? 0] }));
    expect((await journal().inbox('s')).map(({ input }) => input.id)).toEqual(['i0', ...ids.slice(2)]);
  });

  it('the first delivery creates the session; the agent of later ones is ignored', async () => {
    await journal().deliver(delivery('s', 'a', { agent: 'helpful', at: 5 }));
    await journal().deliver(delivery('s', 'b', { agent: 'other', at: 7 }));
    expect(await journal().session('s')).toEqual({
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
    expect((await journal().inbox('s')).map(({ agent }) => agent)).toEqual(['helpful', 'helpful']);
  });

  it('a session that does not exist has no inbox and no row', async () => {
    expect(await journal().inbox('nobody')).toEqual([]);
    expect(await journal().session('nobody')).toBeUndefined();
  });

  it('ids and texts of any kind come back unchanged', async () => {
    const odd = 'slack/C1/1774.5 "quotes" \'and\' %_ \u{1f980} \n end';
    await journal().deliver(delivery(odd, odd, { input: message(odd, odd) }));
    expect((await journal().inbox(odd)).map(({ input }) => input)).toEqual([message(odd, odd)]);
    expect(await journal().session(odd)).toMatchObject({ session: odd });
  });
}
