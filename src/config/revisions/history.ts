import { ConfigError } from '../../errors/config.ts';
import { RevisionNotFoundError } from '../../errors/control.ts';
import type { CheckedConfig } from '../check/check.ts';
import { maskSource } from '../secrets/masking.ts';
import { saysNothing } from '../source/jsonc.ts';
import { diffSources } from './diff.ts';
import type { ConfigFile } from './file.ts';
import { type Change, planChange } from './plan.ts';
import type { Revision, RevisionStore } from './revisions.ts';

interface ConfigDifference {
  from: number;
  to: number | null;
  changes: Change[];
  text: string;
}

/** The revisions that are kept, as they may be shown and compared. All methods throw RevisionNotFoundError. */
export class ConfigHistory {
  readonly #file: ConfigFile;
  readonly #store: RevisionStore;

  constructor(file: ConfigFile, store: RevisionStore) {
    this.#file = file;
    this.#store = store;
  }

  /** Newest first. */
  list(): Revision[] {
    return this.#store.list().sort((a, b) => b.number - a.number);
  }

  /** With its source, secrets masked. */
  show(number: number): Revision & { source: string } {
    const found = this.#store.list().find((revision) => revision.number === number);
    if (!found) throw new RevisionNotFoundError(number);
    const source = this.source(number);
    return { ...found, source: maskSource({ source, secrets: this.#secretsOf(number) }) };
  }

  /** As it was written, secrets included. */
  source(number: number): string {
    const source = this.#store.source(number);
    if (source === undefined) throw new RevisionNotFoundError(number);
    return source;
  }

  /** What is written into the file to go back to it: something, also when there was no file. */
  sourceToRestore(number: number): string {
    const source = this.source(number);
    return saysNothing(source) ? `${source}{}\n` : source;
  }

  /** By key, and as the lines of a diff. `to` null: the present file. Throws ConfigError when one is not valid today. */
  diff(from: number, to: number | null): ConfigDifference {
    const before = this.#checked(from);
    const after = to === null ? this.#present() : this.#checked(to);
    const text = diffSources(maskSource(before), maskSource(after));
    return { from, to, changes: planChange(before, after).changes, text };
  }

  #checked(number: number): CheckedConfig {
    return this.#file.check(this.source(number), `revision ${number}`);
  }

  #present(): CheckedConfig {
    const { result } = this.#file.present();
    if (result instanceof ConfigError) throw result;
    return result;
  }

  /** What it refers to may not exist any more; then what is known today is hidden. */
  #secretsOf(number: number): readonly string[] {
    try {
      return this.#checked(number).secrets;
    } catch (error) {
      if (error instanceof ConfigError) return this.#file.present().secrets;
      throw error;
    }
  }
}
