import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ConfigConflictError, ConfigError, ConfigUnreadableError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { type CheckedConfig, checkConfig, checkFileText } from '../check/check.ts';
import { hashSource, inspectConfig } from '../check/load.ts';
import { maskSource, unmaskSource } from '../secrets/masking.ts';
import { parseDocument } from '../source/jsonc.ts';
import { writeConfig } from './edit.ts';

/** The configuration file at one moment, valid or not. */
export interface PresentConfig {
  /** The text of the file; empty when there is no file, `undefined` when it cannot be read as text. */
  text: string | undefined;
  exists: boolean;
  /** Version of the file (see InspectedConfig), which a writer passes as the version that it saw. */
  hash: string;
  secrets: readonly string[];
  result: CheckedConfig | ConfigError;
}

export interface ChangedConfig {
  hash: string;
  checked: CheckedConfig;
}

/** Maximum number of attempts of a writer that races with other saves of the file. */
const ATTEMPTS = 3;

/**
 * The configuration file of a home, for reading and changing: decides what is shown of it and what may be written to
 * it.
 */
export class ConfigFile {
  readonly #home: Home;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #known: () => readonly string[];

  /** `known` returns further secrets to mask besides those of a valid file, such as those of the active revision. */
  constructor(
    home: Home,
    env: Readonly<Record<string, string | undefined>> = process.env,
    known: () => readonly string[] = () => [],
  ) {
    this.#home = home;
    this.#env = env;
    this.#known = known;
  }

  /** Reads and checks the file as it is now. Never throws: problems are in `result`. */
  readPresent(): PresentConfig {
    const { text, unreadable, hash } = inspectConfig(this.#home.config, basename(this.#home.config));
    const result = unreadable ?? this.#checkPresent(text);
    const own = result instanceof ConfigError ? [] : result.secrets;
    return {
      text: unreadable ? undefined : (text ?? ''),
      exists: text !== undefined || unreadable !== undefined,
      hash,
      secrets: [...own, ...this.#known()],
      result,
    };
  }

  /** Returns the present text in a form that may be shown; empty when the file cannot be read as text. */
  maskPresent({ text = '', secrets }: PresentConfig): string {
    return maskSource({ source: text, secrets });
  }

  /** Checks a text against this home and environment; `name` is its name in messages. Throws ConfigError. */
  checkText(text: string, name = basename(this.#home.config)): CheckedConfig {
    return checkConfig(text, { home: this.#home, env: this.#env, file: name });
  }

  #checkFile(text: string): CheckedConfig {
    return checkFileText(text, { home: this.#home, env: this.#env, file: basename(this.#home.config) });
  }

  /**
   * Checks a complete text that is to replace the present one, with its masks replaced by the secrets they stand
   * for. Throws ConfigError or MaskedSecretError.
   */
  draftText(edited: string, present = this.readPresent()): CheckedConfig {
    const still = !present.exists && edited === '';
    if (still || parseDocument(edited).problems.length > 0) return this.checkText(edited);
    return this.#checkFile(unmaskSource(edited, { source: present.text ?? '', secrets: present.secrets }));
  }

  /**
   * Checks the text that `edit` returns for the present one. Throws what `draft` throws, and ConfigUnreadableError
   * when there is no present text.
   */
  draftEdit(edit: (present: string) => string, present = this.readPresent()): CheckedConfig {
    return this.draftText(edit(this.#requireText(present)), present);
  }

  /**
   * Writes the text that `edit` returns for the present one. Throws what `draftEdit` throws, and ConfigConflictError
   * when the present file is not the version `base`; the file is unchanged then.
   */
  editText(edit: (present: string) => string, base?: string): ChangedConfig {
    return this.#writeDraft((present) => this.draftEdit(edit, present), base);
  }

  /**
   * Writes a complete text, whatever the present file is. Throws what `draft` throws, and ConfigConflictError as
   * `edit` does.
   */
  replaceText(source: string, base?: string): ChangedConfig {
    return this.#writeDraft((present) => this.draftText(source, present), base);
  }

  #writeDraft(draft: (present: PresentConfig) => CheckedConfig, base: string | undefined): ChangedConfig {
    for (let attempt = 1; ; attempt += 1) {
      const present = this.readPresent();
      if (base !== undefined && base !== present.hash) throw new ConfigConflictError(this.#home.config);
      const checked = draft(present);
      try {
        if (checked.source !== present.text) writeConfig(this.#home, checked.source, present.hash);
        return { checked, hash: hashSource(checked.source) };
      } catch (error) {
        const raced = error instanceof ConfigConflictError && base === undefined;
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Returns the text that an edit starts from. Throws ConfigUnreadableError for an unreadable file, because starting
   * from an empty text would lose its other keys.
   */
  #requireText({ text, result }: PresentConfig): string {
    if (text !== undefined) return text;
    throw new ConfigUnreadableError(result instanceof ConfigError ? result.message : this.#home.config);
  }

  /** Whether this process may replace the present file; false on a read-only file system, for example. */
  get isWritable(): boolean {
    try {
      accessSync(this.#targetFolder(), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  #checkPresent(text: string | undefined): CheckedConfig | ConfigError {
    try {
      return text === undefined ? this.checkText('') : this.#checkFile(text);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
  }

  /** Returns the folder of the real file: a symbolic link is kept, and its target is replaced. */
  #targetFolder(): string {
    try {
      return dirname(realpathSync(this.#home.config));
    } catch {
      return this.#home.root;
    }
  }
}
