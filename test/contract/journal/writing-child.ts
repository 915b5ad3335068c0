/**
 * A separate process that delivers inputs to the journal at argv[2]. For each number `n` on its IPC channel it delivers
 * `n` inputs of 10 kB one after the other, stops at the first refusal, and reports the acknowledged ids and the code.
 */
import { MidturnError } from '../../../src/errors/errors.ts';
import { openSqliteJournal } from '../../../src/journal/sqlite/open.ts';
import { createDelivery, createMessage } from './given.ts';

export interface Written {
  acknowledged: string[];
  refusal: string | undefined;
}

const journal = await openSqliteJournal(process.argv[2] ?? '');
let id = 0;

process.on('message', async (count: number) => {
  process.send?.(await writeInputs(count));
});
process.send?.('ready');

async function writeInputs(count: number): Promise<Written> {
  const acknowledged: string[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      id += 1;
      await journal.deliver(
        createDelivery('s', String(id), { input: createMessage(String(id), 'x'.repeat(10_000)) }),
      );
      acknowledged.push(String(id));
    }
    return { acknowledged, refusal: undefined };
  } catch (error) {
    return { acknowledged, refusal: error instanceof MidturnError ? error.code : String(error) };
  }
}
