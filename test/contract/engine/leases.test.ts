import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedEngine } from '../../../src/engine/embedded/embedded.ts';
import type { Host, Lease } from '../../../src/engine/engine.ts';
import { FencedError, JournalConflictError } from '../../../src/errors/errors.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { createMemoryJournal } from '../../../src/journal/memory/memory.ts';
import { openSqliteJournal } from '../../../src/journal/sqlite/open.ts';
import { TestClock } from '../../support/clock.ts';
import { createDelivery, createNote } from '../journal/given.ts';

/** A host that only records what it is offered. */
class RecordingHost implements Host {
  readonly leases: Lease[] = [];

  own(lease: Lease): void {
    this.leases.push(lease);
  }

  places() {
    return { names: [], sessions: this.leases.length };
  }

  get last(): Lease {
    const lease = this.leases.at(-1);
    if (!lease) throw new Error('nothing was offered');
    return lease;
  }
}

const openers: [string, () => Promise<Journal>][] = [
  ['memory', async () => createMemoryJournal()],
  [
    'SQLite',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'midturn-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      return openSqliteJournal(join(folder, 'journal.db'));
    },
  ],
];

/** Opens two engines on one journal; each is told what the other one can no longer run. */
async function openPair(open: () => Promise<Journal>) {
  const journal = await open();
  onTestFinished(() => journal.close());
  const clock = new TestClock('2030-01-01T12:00:00Z');
  const engines: EmbeddedEngine[] = [];
  const start = async () => {
    const generation = await journal.openGeneration({ version: 'test', pid: process.pid });
    const host = new RecordingHost();
    const engine: EmbeddedEngine = new EmbeddedEngine({
      ...{ journal, generation, clock, report() {}, onSuperseded() {} },
      offerElsewhere(session) {
        for (const each of engines) if (each !== engine) each.wakeSession(session);
      },
    });
    engines.push(engine);
    engine.serve(host);
    return { engine, host };
  };
  const [one, two] = [await start(), await start()];
  await journal.deliver(createDelivery('s', 'first'));
  one.engine.wakeSession('s');
  const lease = one.host.last;
  await lease.load();
  return { journal, clock, one, two, lease };
}

const batch = (seq: number) =>
  ({ events: [createNote(seq)], consumed: [], status: 'waiting', wakeAt: null }) as const;

describe.each(openers)('leases of the embedded engine on %s', (_, open) => {
  it('gives out one lease at a time', async () => {
    const { one, two } = await openPair(open);
    one.engine.wakeSession('s');
    expect(one.host.leases).toHaveLength(1);
    two.engine.wakeSession('s');
    await expect(two.host.last.load()).rejects.toThrow(FencedError);
  });

  it('appends at the expected position only', async () => {
    const { journal, lease } = await openPair(open);
    await lease.append(batch(1));
    await expect(lease.append(batch(3))).rejects.toThrow(JournalConflictError);
    expect(await journal.findSession('s')).toMatchObject({ seq: 1 });
  });

  it('offers a passed session to another host at once', async () => {
    const { lease, two } = await openPair(open);
    await lease.append({ ...batch(1), pass: true });
    expect((await two.host.last.load()).events).toHaveLength(1);
    await expect(lease.append(batch(2))).rejects.toThrow(FencedError);
  });

  it('offers a session that rests again at its time', async () => {
    const { clock, lease, one } = await openPair(open);
    await lease.rest(clock.now() + 1_000);
    await clock.advanceBy(999);
    expect(one.host.leases).toHaveLength(1);
    await clock.advanceBy(1);
    expect(one.host.leases).toHaveLength(2);
  });

  it('offers a session that rests again with its next input', async () => {
    const { lease, one } = await openPair(open);
    await lease.rest(null);
    one.engine.wakeSession('s');
    expect(one.host.last.urgent).toBe(true);
    expect(one.host.leases).toHaveLength(2);
  });

  it('offers the sessions of a dead host to another one, and the lost lease changes nothing', async () => {
    const { journal, lease, two } = await openPair(open);
    await two.engine.endGenerationsExcept([]);
    void two.engine.offerUnfinished();
    await expect.poll(() => two.host.leases.length).toBe(1);
    await two.host.last.load();
    await expect(lease.append(batch(1))).rejects.toThrow(FencedError);
    expect(lease.lost.aborted).toBe(true);
    expect(await journal.findSession('s')).toMatchObject({ seq: 0 });
  });
});
