import type { CheckedConfig } from '../../config/check/check.ts';
import { formatAddress } from '../../config/fields/address.ts';
import { planChange } from '../../config/revisions/plan.ts';
import type { RevisionStore } from '../../config/revisions/revisions.ts';
import type { Home } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import type { ConfigEffect } from '../core/model/effects.ts';
import type { RestoredRevision, SupervisorEvent } from '../core/model/events.ts';
import type { ActiveRevision, ConfigContent, ContentFinding, FileFinding } from '../core/model/revision.ts';
import type { AcceptedConfig } from '../ipc/messages.ts';
import { computeBudgets } from '../process/budgets.ts';
import {
  type ConfigReading,
  checkReading,
  checkStoredSource,
  type EnvVariables,
  originOf,
  readConfigFile,
  summarizeProblems,
  type UsableReading,
} from './reading.ts';

export interface ConfigFilesOptions {
  home: Home;
  env: EnvVariables;
  revisions: RevisionStore;
}

/** Changes of the stored revisions. */
export type RevisionEffect = Extract<
  ConfigEffect,
  { type: 'add_revision' | 'mark_revision' | 'refresh_revision' }
>;

/**
 * Reads the configuration file, checks it, and stores revisions; keeps the full configuration of each content that the
 * supervisor's core knows. Decides nothing.
 */
export class ConfigFiles {
  readonly #options: ConfigFilesOptions;
  readonly #contents = new WeakMap<ConfigContent, CheckedConfig>();
  #filesOfFile: readonly string[] = [];

  constructor(options: ConfigFilesOptions) {
    this.#options = options;
  }

  readFile(): ConfigReading {
    const { home, env } = this.#options;
    const found = readConfigFile(home, env);
    this.#filesOfFile = found.files;
    return found;
  }

  /** Performs an effect, and returns its result where one is awaited. Throws only unexpected errors. */
  performConfig(effect: ConfigEffect): SupervisorEvent | null {
    if (effect.type === 'check_file') {
      const finding = this.#checkFile(effect.active, effect.wantsDefaults);
      return { type: 'file_checked', check: effect.check, finding };
    }
    if (effect.type === 'restore_good_revision')
      return { type: 'good_revision_restored', good: this.#restoreGood(effect.active) };
    this.performRevision(effect);
    return null;
  }

  /** Reads and checks the file, and compares it with the active content. */
  #checkFile(active: ConfigContent, wantsDefaults: boolean): FileFinding {
    const found = this.readFile();
    if (found.what === 'broken') {
      const { content, error } = found;
      return { what: 'broken', content, message: summarizeProblems(error), problems: [...error.problems] };
    }
    if (found.what === 'valid') return { what: 'valid', ...this.#compare(active, found) };
    const defaults = wantsDefaults ? this.#compare(active, found) : null;
    return { what: 'missing', file: this.#options.home.config, defaults };
  }

  #compare(active: ConfigContent, found: UsableReading): ContentFinding {
    const { revisions, home } = this.#options;
    const checked = checkReading(found, home);
    const { apply, changes } = planChange(this.findConfig(active), checked);
    const last = revisions.list().at(-1) ?? null;
    return {
      content: this.keepConfig(checked),
      origin: originOf(found),
      needsHandover: apply === 'handover',
      keys: changes.map(({ path }) => path),
      last: last && { number: last.number, hash: last.hash, state: last.state },
      next: revisions.nextNumber(),
    };
  }

  /**
   * Restores the last good revision, with the keys in which it differs from the active content. Returns null when
   * there is none, or when its text is no longer valid, e.g. because a referenced file is gone.
   */
  #restoreGood(active: ConfigContent): RestoredRevision | null {
    const { home, env, revisions } = this.#options;
    const stored = revisions.findLastGood();
    const checked = stored && checkStoredSource(stored.source, home, env);
    if (!stored || !checked) return null;
    const { changes } = planChange(this.findConfig(active), checked);
    const keys = changes.map(({ path }) => path);
    return { number: stored.revision.number, content: this.keepConfig(checked), keys };
  }

  /** Changes a stored revision; what cannot be written is kept in memory and written with the next change. */
  performRevision(effect: RevisionEffect): void {
    const { revisions } = this.#options;
    if (effect.type === 'mark_revision') revisions.markRevision(effect.number, effect.state, effect.reason);
    else if (effect.type === 'refresh_revision')
      revisions.refreshSource(effect.number, this.findConfig(effect.content));
    else {
      const { content, origin, keys } = effect.revision;
      const { source, hash } = this.findConfig(content);
      const stored = origin === 'file' ? 'file' : 'default';
      revisions.addRevision({ source, hash, origin: stored, keys, at: Date.now() });
    }
  }

  /** Keeps a checked configuration; returns the form in which the core knows it. */
  keepConfig(checked: CheckedConfig): ConfigContent {
    const { hash, fingerprint, config } = checked;
    const { drainCap, kill } = computeBudgets(config.handover);
    const content: ConfigContent = {
      ...{ hash, fingerprint, listen: formatAddress(config.listen), trial: config.handover.trial },
      budgets: { drainCap, kill },
    };
    this.#contents.set(content, checked);
    return content;
  }

  /** Returns the full configuration of a content that came from here. */
  findConfig(content: ConfigContent): CheckedConfig {
    const checked = this.#contents.get(content);
    if (!checked) throw new Error('the content of a configuration was copied instead of passed on');
    return checked;
  }

  /** Builds the form in which a generation receives a configuration over IPC. */
  toAcceptedConfig({ number, content, origin }: ActiveRevision): AcceptedConfig {
    const { source, given } = this.findConfig(content);
    return { revision: number, source, origin, given };
  }

  /** Files beside the configuration whose content is part of it: of the active revision and of the file. */
  listFiles(active: ConfigContent): readonly string[] {
    return [...new Set([...this.findConfig(active).files, ...this.#filesOfFile])];
  }

  /** Masks the secrets of a configuration in a text that comes from outside, such as the reason of a refusal. */
  maskSecrets(content: ConfigContent, text: string): string {
    return createMask(this.findConfig(content).secrets)(text);
  }
}
