import { JournalUnavailableError } from '../../src/errors/errors.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { AppendBatch } from '../../src/journal/ownership.ts';

/** A journal that remembers the batches it was given and can be told to refuse. */
export function watchedJournal(journal: Journal = createMemoryJournal()) {
  const batches: AppendBatch[] = [];
  const refuse = { appends: 0, deliveries: 0, ends: 0 };
  const append = journal.append.bind(journal);
  const deliver = journal.deliver.bind(journal);
  journal.append = async (batch) => {
    if (refuse.appends-- > 0) throw new JournalUnavailableError('disk full');
    batches.push(batch);
    return append(batch);
  };
  journal.deliver = async (delivery) => {
    if (refuse.deliveries-- > 0) throw new JournalUnavailableError('disk full');
    return deliver(delivery);
  };
  const end = journal.endEarlierGenerations.bind(journal);
  journal.endEarlierGenerations = async (generation, alive) => {
    if (refuse.ends-- > 0) throw new JournalUnavailableError('disk full');
    return end(generation, alive);
  };
  return { journal, batches, refuse };
}
