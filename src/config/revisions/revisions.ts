import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { replaceFileSync } from '../../util/replace-file.ts';
import { canonicalJson } from '../schema/meaning.ts';

/**
 * A configuration that was in force. It begins on `trial`. Then it is `good`, and stays so when others follow, or it
 * `failed`, or it was `replaced` by another before its trial was over.
 */
export interface ConfigRevision {
  /** Increases by one with each revision for the life of the home. */
  number: number;
  /** When it was accepted, in milliseconds since the epoch. */
  at: number;
  hash: string;
  origin: 'file' | 'default';
  state: 'trial' | 'good' | 'failed' | 'replaced';
  /** Why the trial failed; present only in the state `failed`. */
  reason?: string;
  /** The keys that it changed, as paths. */
  keys: string[];
}

/** Number of revisions that are kept; in addition, the last good one is kept however old it is. */
const KEPT = 50;

/**
 * Stores the revisions of a home with their texts. Each is one file that is replaced as a whole, so that a damaged
 * file costs only that revision, and other processes may read while one writes. Reading never throws: unreadable
 * files are skipped. Writing never throws either: what could not be written is kept in memory, reported to `failed`,
 * and written with the next change.
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

  /** Returns all readable revisions, oldest first. */
  list(): ConfigRevision[] {
    return this.#readAll().map(({ revision }) => revision);
  }

  /** Returns the text of a revision; `undefined` when there is none, or it cannot be read. */
  readSource(number: number): string | undefined {
    return this.#readStored(number)?.source;
  }

  /** Returns the newest revision that survived its trial; `undefined` when there is none. */
  findLastGood(): StoredRevision | undefined {
    return this.#readAll().findLast(({ revision }) => revision.state === 'good');
  }

  /**
   * Returns the newest revision on trial: a daemon was stopped before its trial ended, and running it is better than
   * running nothing.
   */
  findLastOnTrial(): StoredRevision | undefined {
    return this.#readAll().findLast(({ revision }) => revision.state === 'trial');
  }

  /** Returns the number that the next new revision gets. */
  nextNumber(): number {
    return Math.max(this.#last, this.#listNumbers().at(-1) ?? 0) + 1;
  }

  /**
   * Stores a new revision on trial. Only the members named here are stored, because a checked configuration also
   * contains secrets.
   */
  addRevision({
    source,
    ...about
  }: Omit<ConfigRevision, 'number' | 'state' | 'reason'> & { source: string }): ConfigRevision {
    const { at, hash, origin, keys } = about;
    this.#last = this.nextNumber();
    const revision: ConfigRevision = { number: this.#last, state: 'trial', at, hash, origin, keys };
    this.#unsaved.set(revision.number, { revision, source });
    this.#saveUnsaved();
    return revision;
  }

  /**
   * Replaces the text of a revision by another one with the same meaning. Does nothing when there is no such
   * revision.
   */
  refreshSource(number: number, { source, hash }: { source: string; hash: string }): void {
    const stored = this.#readStored(number);
    if (!stored || stored.source === source) return;
    this.#unsaved.set(number, { revision: { ...stored.revision, hash }, source });
    this.#saveUnsaved();
  }

  /** Sets the state of a revision and the reason for it. Does nothing when there is no such revision. */
  markRevision(number: number, state: ConfigRevision['state'], reason?: string): void {
    const stored = this.#readStored(number);
    if (!stored) return;
    const { reason: _, ...revision } = stored.revision;
    const marked = { ...revision, state, ...(reason === undefined ? {} : { reason }) };
    this.#unsaved.set(number, { revision: marked, source: stored.source });
    this.#saveUnsaved();
  }

  #readAll(): StoredRevision[] {
    return this.#listNumbers().flatMap((number) => this.#readStored(number) ?? []);
  }

  #listNumbers(): number[] {
    const saved = this.#listNames().map((name) => Number(/^(\d{1,15})\.json$/.exec(name)?.[1] ?? 0));
    return [...new Set([...saved, ...this.#unsaved.keys()])]
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  #listNames(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #readStored(number: number): StoredRevision | undefined {
    const unsaved = this.#unsaved.get(number);
    if (unsaved) return unsaved;
    try {
      const stored = format.parse(JSON.parse(readFileSync(this.#pathOf(number), 'utf8')));
      const intact = stored.revision.number === number && stored.sum === sumOf(stored);
      return intact ? stored : undefined;
    } catch {
      return undefined;
    }
  }

  #saveUnsaved(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      for (const [number, stored] of this.#unsaved) {
        replaceFileSync(this.#pathOf(number), JSON.stringify({ sum: sumOf(stored), ...stored }));
        this.#unsaved.delete(number);
      }
      this.#pruneOld();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Deletes revisions that are no longer kept, and temporary files that a killed writer left behind. */
  #pruneOld(): void {
    const good = this.findLastGood()?.revision.number;
    const old = this.#listNumbers().slice(0, -KEPT);
    for (const number of old) if (number !== good) rmSync(this.#pathOf(number), { force: true });
    for (const name of this.#listNames())
      if (name.endsWith('.tmp')) rmSync(join(this.#folder, name), { force: true });
  }

  #pathOf(number: number): string {
    return join(this.#folder, `${number}.json`);
  }
}

/** A revision together with its text, as it is stored in one file. */
export interface StoredRevision {
  revision: ConfigRevision;
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

/**
 * Returns the checksum of a stored revision: without it, a damaged text might still be valid and mean something
 * else.
 */
function sumOf({ revision, source }: StoredRevision): string {
  return createHash('sha256')
    .update(canonicalJson([revision, source]))
    .digest('hex');
}
