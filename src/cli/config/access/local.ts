import type { CheckedConfig } from '../../../config/check/check.ts';
import { mergePatch } from '../../../config/revisions/edit.ts';
import { type ChangedConfig, ConfigFile } from '../../../config/revisions/file.ts';
import { ConfigHistory } from '../../../config/revisions/history.ts';
import { planChange } from '../../../config/revisions/plan.ts';
import { RevisionStore } from '../../../config/revisions/revisions.ts';
import { ConfigError } from '../../../errors/config.ts';
import type { ConfigApplied, ConfigDraft, ConfigPatch } from '../../../protocol/config.ts';
import type { ConfigApi } from '../../../protocol/config-api.ts';
import type { Home } from '../../../util/home.ts';
import { makeHome } from '../../kit/home.ts';

/**
 * Configuration of a home on which no daemon runs. Checks, writes and restores like a daemon does, but applies nothing:
 * the written file takes effect at the next start.
 */
export class LocalConfig implements ConfigApi {
  readonly #home: Home;
  readonly #file: ConfigFile;
  readonly #store: RevisionStore;
  readonly #history: ConfigHistory;

  constructor(home: Home) {
    this.#home = home;
    this.#file = new ConfigFile(home);
    this.#store = new RevisionStore(home);
    this.#history = new ConfigHistory(this.#file, this.#store);
  }

  async show() {
    const present = this.#file.present();
    const { result, hash, exists } = present;
    const invalid = result instanceof ConfigError;
    return {
      source: this.#file.shown(present),
      hash,
      origin: exists ? ('file' as const) : ('default' as const),
      ...(present.text === undefined ? { readable: false as const } : {}),
      revision: { number: this.#last, state: 'good' },
      problem: invalid
        ? { message: result.message, problems: [...result.problems], since: Date.now() }
        : null,
      writable: this.#file.writable,
    };
  }

  async plan({ source, patch }: ConfigDraft) {
    const present = this.#file.present();
    const after =
      source === undefined
        ? this.#file.draftEdit((text) => mergePatch(text, patch), present)
        : this.#file.draft(source, present);
    return {
      ...planChange(this.#usedLast(), after),
      ...(after.warnings.length === 0 ? {} : { warnings: after.warnings }),
      affected: { running: 0, waiting: 0, queued: 0, agents: {} },
      estimate: { most: 0, words: 'No daemon runs on this home; the change takes effect at the next start.' },
    };
  }

  async replace(source: string, base?: string) {
    return this.#written(() => this.#file.replace(source, base));
  }

  async patch(patch: ConfigPatch, base?: string) {
    return this.#written(() => this.#file.edit((present) => mergePatch(present, patch), base));
  }

  async revisions() {
    return { revisions: this.#history.list(), current: this.#last };
  }

  async revision(number: number) {
    return this.#history.show(number);
  }

  async diff(from: number, to: number | null) {
    return this.#history.diff(from, to);
  }

  async rollback(number: number) {
    const source = this.#history.sourceToRestore(number);
    return this.#written(() => this.#file.replace(source));
  }

  #written(write: () => ChangedConfig): ConfigApplied {
    makeHome(this.#home);
    const { hash, checked } = write();
    const keys = planChange(this.#usedLast(), checked).changes.map(({ path }) => path);
    return { revision: this.#last, applied: 'none', handover: null, keys, hash };
  }

  get #last(): number {
    return this.#store.lastKnownGood()?.revision.number ?? 0;
  }

  /** Checks the configuration that a daemon used last; falls back to the defaults when there is none or it is invalid. */
  #usedLast(): CheckedConfig {
    try {
      return this.#file.check(this.#store.lastKnownGood()?.source ?? '');
    } catch (error) {
      if (error instanceof ConfigError) return this.#file.check('');
      throw error;
    }
  }
}
