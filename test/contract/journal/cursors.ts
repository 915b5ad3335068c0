import { expect, it } from 'vitest';
import { LeaseNotHeldError } from '../../../src/errors/journal.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { createDelivery, openTestGeneration } from './given.ts';

/** The contract of the role Cursors. */
export function cursorsContract(journal: () => Journal): void {
  const inputs = async () => (await journal().readInbox('s')).map(({ input }) => input.id);

  it('a cursor starts at 0, moves forward only, and each consumer has its own', async () => {
    expect(await journal().readCursor('hook')).toBe(0);
    expect(await journal().advanceCursor({ consumer: 'hook', position: 7 })).toBe(true);
    expect(await journal().advanceCursor({ consumer: 'hook', position: 7 })).toBe(false);
    expect(await journal().advanceCursor({ consumer: 'hook', position: 3 })).toBe(false);
    expect(await journal().readCursor('hook')).toBe(7);
    expect(await journal().readCursor('other')).toBe(0);
  });

  it('a cursor and the inputs that its consumer derived are stored together, once', async () => {
    const heard: string[] = [];
    journal().watch((session) => heard.push(session));
    const advance = { consumer: 'hook', position: 4, send: [createDelivery('s', 'a')] };
    expect(await journal().advanceCursor(advance)).toBe(true);
    expect(await inputs()).toEqual(['a']);
    expect(heard).toEqual(['s']);
    expect(await journal().advanceCursor({ ...advance, send: [createDelivery('s', 'b')] })).toBe(false);
    expect(await inputs()).toEqual(['a']);
    expect(heard).toEqual(['s']);
  });

  it('an input that its session refuses is dropped, and the cursor moves', async () => {
    const refused = { kind: 'approval', id: 'd', approval: 'none', decision: 'approve' } as const;
    const send = [
      createDelivery('s', 'a'),
      createDelivery('s', 'd', { input: refused }),
      createDelivery('s', 'b'),
    ];
    expect(await journal().advanceCursor({ consumer: 'hook', position: 4, send })).toBe(true);
    expect(await inputs()).toEqual(['a', 'b']);
  });

  it('[C7] a consumer that has lost its lease moves no cursor and stores no input', async () => {
    const [one, two] = [await openTestGeneration(journal()), await openTestGeneration(journal())];
    const advanceAs = (generation: number, position: number) =>
      journal().advanceCursor({
        consumer: 'slack',
        position,
        send: [createDelivery('s', `${position}`)],
        lease: { name: 'slack', generation },
      });
    await expect(advanceAs(one, 1)).rejects.toThrow(new LeaseNotHeldError('slack', one, null));
    await journal().acquireLease('slack', one);
    expect(await advanceAs(one, 1)).toBe(true);
    await journal().startLeaving(one, [], ['slack']);
    expect(await advanceAs(one, 2)).toBe(true);
    await journal().closeGeneration(one);
    await journal().acquireLease('slack', two);
    await expect(advanceAs(one, 3)).rejects.toThrow(new LeaseNotHeldError('slack', one, two));
    expect(await journal().readCursor('slack')).toBe(2);
    expect(await inputs()).toEqual(['1', '2']);
  });
}
