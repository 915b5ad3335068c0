import { ConfigError } from '../../errors/config.ts';
import { RevisionNotFoundError } from '../../errors/control.ts';
import type { CheckedConfig } from '../check/check.ts';
import { maskSource } from '../secrets/masking.ts';
import { isEmptySource } from '../source/jsonc.ts';
import { diffSources } from './diff.ts';
import type { ConfigFile } from './file.ts';
import { type KeyChange, planChange } from './plan.ts';
import type { ConfigRevision, RevisionStore } from './revisions.ts';

interface ConfigDifference {
  from: number;
  to: number | null;
  changes: KeyChange[];
  text: string;
}

/**
 * The stored revisions in a form that may be shown and compared. Every method with a number throws
 * RevisionNotFoundError for an unknown one.
 */
export class ConfigHistory {
  readonly #file: ConfigFile;
  readonly #store: RevisionStore;

  constructor(file: ConfigFile, store: RevisionStore) {
    this.#file = file;
    this.#store = store;
  }

  /** Returns all stored revisions, newest first. */
  listRevisions(): ConfigRevision[] {
    return this.#store.list().sort((a, b) => b.number - a.number);
  }

  /** Returns a revision with its source, in which secrets are masked. */
  getRevision(number: number): ConfigRevision & { source: string } {
    const found = this.#store.list().find((revision) => revision.number === number);
    if (!found) throw new RevisionNotFoundError(number);
    const source = this.getSource(number);
    return { ...found, source: maskSource({ source, secrets: this.#secretsOf(number) }) };
  }

  /** Returns the source of a revision as it was written, secrets included. */
  getSource(number: number): string {
    const source = this.#store.readSource(number);
    if (source === undefined) throw new RevisionNotFoundError(number);
    return source;
  }

  /** Returns the text that restores a revision; it is never empty, even when the revision had no file. */
  getRestorableSource(number: number): string {
    const source = this.getSource(number);
    return isEmptySource(source) ? `${source}{}\n` : source;
  }

  /**
   * Compares two revisions, by key and as the lines of a diff. `to` is null for the present file. Throws ConfigError
   * when one of them is not valid today.
   */
  compareRevisions(from: number, to: number | null): ConfigDifference {
    const before = this.#checkRevision(from);
    const after = to === null ? this.#requirePresent() : this.#checkRevision(to);
    const text = diffSources(maskSource(before), maskSource(after));
    return { from, to, changes: planChange(before, after).changes, text };
  }

  #checkRevision(number: number): CheckedConfig {
    return this.#file.checkText(this.getSource(number), `revision ${number}`);
  }

  #requirePresent(): CheckedConfig {
    const { result } = this.#file.readPresent();
    if (result instanceof ConfigError) throw result;
    return result;
  }

  /**
   * Returns the secrets to mask in a revision. When what it refers to no longer exists, the secrets of the present
   * file are used.
   */
  #secretsOf(number: number): readonly string[] {
    try {
      return this.#checkRevision(number).secrets;
    } catch (error) {
      if (error instanceof ConfigError) return this.#file.readPresent().secrets;
      throw error;
    }
  }
}
