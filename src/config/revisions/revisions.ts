import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { replaceFile } from '../../util/replace-file.ts';
import { canonical } from '../schema/meaning.ts';

/**
 * A configuration that was in force. It begins on `trial`; then it is `good`, and stays so when others follow, or it
 * `failed`, or it was `replaced` by another before its trial was over.
 */
export interface Revision {
  /** Counts up for the life of the home. */
  number: number;
  /** When it was accepted, in milliseconds since the epoch. */
  at: number;
  hash: string;
  origin: 'file' | 'default';
  state: 'trial' | 'good' | 'failed' | 'replaced';
  /** Why it failed. */
  reason?: string;
  /** The keys that it changed, as text. */
  keys: string[];
}

/** Besides these, the last good one is kept however old it is. */
const KEPT = 50;

/**
 * The revisions of a home with their texts. Each is one file that is replaced as a whole, so that a damaged one costs
 * that revision alone and others may read while one process writes. Reading never throws: what cannot be read is
 * passed over. Writing does not either: what could not be written is held in memory, told to `failed`, and written
 * with the next change.
 */
export class RevisionStore {
  readonly #folder: string;
  readonly #failed: (error: unknown) => void;
  readonly #unsaved = new Map<number, StoredRevision>();
  #last = 0;

  constructor(home: Home, failed: (error: unknown) => void = () => {}) {
    this.#folder = home.revisions;
    this.#failed = failed;
  }

  /** Oldest first. */
  list(): Revision[] {
    return this.#all().map(({ revision }) => revision);
  }

  /** The text of a revision; `undefined` when there is none, or it cannot be read. */
  source(number: number): string | undefined {
    return this.#read(number)?.source;
  }

  /** The newest one that survived its trial. */
  lastKnownGood(): StoredRevision | undefined {
    return this.#all().findLast(({ revision }) => revision.state === 'good');
  }

  /** What a daemon ran that was stopped before its trial was over; it is better than nothing. */
  lastOnTrial(): StoredRevision | undefined {
    return this.#all().findLast(({ revision }) => revision.state === 'trial');
  }

  /** Of what it is given it keeps these members only: a checked configuration knows more, secrets among it. */
  add({ source, ...about }: Omit<Revision, 'number' | 'state' | 'reason'> & { source: string }): Revision {
    const { at, hash, origin, keys } = about;
    this.#last = Math.max(this.#last, this.#numbers().at(-1) ?? 0) + 1;
    const revision: Revision = { number: this.#last, state: 'trial', at, hash, origin, keys };
    this.#unsaved.set(revision.number, { revision, source });
    this.#save();
    return revision;
  }

  /** The file says the same in other words. Does nothing when there is no such revision. */
  refresh(number: number, { source, hash }: { source: string; hash: string }): void {
    const stored = this.#read(number);
    if (!stored || stored.source === source) return;
    this.#unsaved.set(number, { revision: { ...stored.revision, hash }, source });
    this.#save();
  }

  /** Does nothing when there is no such revision. */
  mark(number: number, state: Revision['state'], reason?: string): void {
    const stored = this.#read(number);
    if (!stored) return;
    const { reason: _, ...revision } = stored.revision;
    const marked = { ...revision, state, ...(reason === undefined ? {} : { reason }) };
    this.#unsaved.set(number, { revision: marked, source: stored.source });
    this.#save();
  }

  #all(): StoredRevision[] {
    return this.#numbers().flatMap((number) => this.#read(number) ?? []);
  }

  #numbers(): number[] {
    const saved = this.#names().map((name) => Number(/^(\d{1,15})\.json$/.exec(name)?.[1] ?? 0));
    return [...new Set([...saved, ...this.#unsaved.keys()])]
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #read(number: number): StoredRevision | undefined {
    const unsaved = this.#unsaved.get(number);
    if (unsaved) return unsaved;
    try {
      const stored = format.parse(JSON.parse(readFileSync(this.#path(number), 'utf8')));
      const intact = stored.revision.number === number && stored.sum === sumOf(stored);
      return intact ? stored : undefined;
    } catch {
      return undefined;
    }
  }

  #save(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      for (const [number, stored] of this.#unsaved) {
        replaceFile(this.#path(number), JSON.stringify({ sum: sumOf(stored), ...stored }));
        this.#unsaved.delete(number);
      }
      this.#prune();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What a writer that was killed left behind goes as well. */
  #prune(): void {
    const good = this.lastKnownGood()?.revision.number;
    const old = this.#numbers().slice(0, -KEPT);
    for (const number of old) if (number !== good) rmSync(this.#path(number), { force: true });
    for (const name of this.#names())
      if (name.endsWith('.tmp')) rmSync(join(this.#folder, name), { force: true });
  }

  #path(number: number): string {
    return join(this.#folder, `${number}.json`);
  }
}

/** With its text. */
export interface StoredRevision {
  revision: Revision;
  source: string;
}

const format = z.object({
  sum: z.string(),
  revision: z.object({
    number: z.int(),
    at: z.number(),
    hash: z.string(),
    origin: z.enum(['file', 'default']),
    state: z.enum(['trial', 'good', 'failed', 'replaced']),
    reason: z.string().exactOptional(),
    keys: z.array(z.string()),
  }),
  source: z.string(),
});

/** A text that was damaged might still be valid, and mean something else. */
function sumOf({ revision, source }: StoredRevision): string {
  return createHash('sha256')
    .update(canonical([revision, source]))
    .digest('hex');
}
