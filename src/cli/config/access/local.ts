import type { CheckedConfig } from '../../../config/check/check.ts';
import { applyMergePatch } from '../../../config/revisions/edit.ts';
import { type ChangedConfig, ConfigFile } from '../../../config/revisions/file.ts';
import { ConfigHistory } from '../../../config/revisions/history.ts';
import { planChange } from '../../../config/revisions/plan.ts';
import { RevisionStore } from '../../../config/revisions/revisions.ts';
import { ConfigError } from '../../../errors/config.ts';
import type { ConfigApplied, ConfigDraft, ConfigPatchBody } from '../../../protocol/config.ts';
import type { ConfigApi } from '../../../protocol/config-api.ts';
import type { Home } from '../../../util/home.ts';
import { createHome } from '../../kit/home.ts';

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
    const present = this.#file.readPresent();
    const { result, hash, exists } = present;
    const invalid = result instanceof ConfigError;
    return {
      source: this.#file.maskPresent(present),
      hash,
      origin: exists ? ('file' as const) : ('default' as const),
      ...(present.text === undefined ? { readable: false as const } : {}),
      revision: { number: this.#lastNumber, state: 'good' },
      problem: invalid
        ? { message: result.message, problems: [...result.problems], since: Date.now() }
        : null,
      writable: this.#file.isWritable,
    };
  }

  async plan({ source, patch }: ConfigDraft) {
    const present = this.#file.readPresent();
    const after =
      source === undefined
        ? this.#file.draftEdit((text) => applyMergePatch(text, patch), present)
        : this.#file.draftText(source, present);
    return {
      ...planChange(this.#checkLastUsed(), after),
      ...(after.warnings.length === 0 ? {} : { warnings: after.warnings }),
      affected: { running: 0, waiting: 0, queued: 0, agents: {} },
      estimate: { most: 0, words: 'No daemon runs on this home; the change takes effect at the next start.' },
    };
  }

  async replace(source: string, base?: string) {
    return this.#applyWrite(() => this.#file.replaceText(source, base));
  }

  async patch(patch: ConfigPatchBody, base?: string) {
    return this.#applyWrite(() => this.#file.editText((present) => applyMergePatch(present, patch), base));
  }

  async listRevisions() {
    return { revisions: this.#history.listRevisions(), current: this.#lastNumber };
  }

  async getRevision(number: number) {
    return this.#history.getRevision(number);
  }

  async diff(from: number, to: number | null) {
    return this.#history.compareRevisions(from, to);
  }

  async rollback(number: number) {
    const source = this.#history.getRestorableSource(number);
    return this.#applyWrite(() => this.#file.replaceText(source));
  }

  #applyWrite(write: () => ChangedConfig): ConfigApplied {
    createHome(this.#home);
    const { hash, checked } = write();
    const keys = planChange(this.#checkLastUsed(), checked).changes.map(({ path }) => path);
    return { revision: this.#lastNumber, applied: 'none', handover: null, keys, hash };
  }

  get #lastNumber(): number {
    return this.#store.findLastGood()?.revision.number ?? 0;
  }

  /** Checks the configuration that a daemon used last; falls back to the defaults when there is none or it is invalid. */
  #checkLastUsed(): CheckedConfig {
    try {
      return this.#file.checkText(this.#store.findLastGood()?.source ?? '');
    } catch (error) {
      if (error instanceof ConfigError) return this.#file.checkText('');
      throw error;
    }
  }
}
