/**
 * A separate process that consumes a feed under a lease at the journal at argv[2]: it takes the lease, then moves its
 * cursor by one again and again, each time with one input; with STEPS=asked, whenever it gets a message. It reports its generation, and later the code of the refusal
 * that stopped it.
 */
import { once } from 'node:events';
import { MidturnError } from '../../../src/errors/errors.ts';
import { openSqliteJournal } from '../../../src/journal/sqlite/open.ts';
import { createDelivery } from './given.ts';

const journal = await openSqliteJournal(process.argv[2] ?? '');
const generation = await journal.openGeneration({ version: 'test', pid: process.pid });
await journal.acquireLease('slack', generation);
process.send?.({ generation });
try {
  for (let position = (await journal.readCursor('slack')) + 1; ; position += 1) {
    if (process.env['STEPS'] === 'asked') await once(process, 'message');
    const send = [createDelivery('s', String(position))];
    await journal.advanceCursor({ consumer: 'slack', position, send, lease: { name: 'slack', generation } });
  }
} catch (error) {
  process.send?.({ refused: error instanceof MidturnError ? error.code : String(error) });
}
await journal.close();
process.disconnect();
