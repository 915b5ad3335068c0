import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ConfigConflictError, ConfigError, ConfigUnreadableError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { type CheckedConfig, checkConfig, checkFileText } from '../check/check.ts';
import { inspectConfig, sourceHash } from '../check/load.ts';
import { maskSource, unmaskSource } from '../secrets/masking.ts';
import { parseDocument } from '../source/jsonc.ts';
import { writeConfig } from './edit.ts';

/** The file as it is at one moment, valid or not. */
export interface PresentConfig {
  /** Empty when there is no file; `undefined` when it cannot be read as text. */
  text: string | undefined;
  exists: boolean;
  /** See InspectedConfig; what a writer names as the version that it saw. */
  hash: string;
  secrets: readonly string[];
  result: CheckedConfig | ConfigError;
}

export interface ChangedConfig {
  hash: string;
  checked: CheckedConfig;
}

/** Attempts of a writer that loses the race against another save of the file. */
const ATTEMPTS = 3;

/** A home's configuration file as something to read and change: what is shown of it, and what may be written to it. */
export class ConfigFile {
  readonly #home: Home;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #known: () => readonly string[];

  /** `known`: secrets that are hidden besides those of a valid file, such as those of what runs. */
  constructor(
    home: Home,
    env: Readonly<Record<string, string | undefined>> = process.env,
    known: () => readonly string[] = () => [],
  ) {
    this.#home = home;
    this.#env = env;
    this.#known = known;
  }

  present(): PresentConfig {
    const { text, unreadable, hash } = inspectConfig(this.#home.config, basename(this.#home.config));
    const result = unreadable ?? this.#outcome(text);
    const own = result instanceof ConfigError ? [] : result.secrets;
    return {
      text: unreadable ? undefined : (text ?? ''),
      exists: text !== undefined || unreadable !== undefined,
      hash,
      secrets: [...own, ...this.#known()],
      result,
    };
  }

  /** The present text as it may be shown; empty when the file cannot be read as text. */
  shown({ text = '', secrets }: PresentConfig): string {
    return maskSource({ source: text, secrets });
  }

  /** Throws ConfigError; `name` is how people know the text. */
  check(text: string, name = basename(this.#home.config)): CheckedConfig {
    return checkConfig(text, { home: this.#home, env: this.#env, file: name });
  }

  #checkFile(text: string): CheckedConfig {
    return checkFileText(text, { home: this.#home, env: this.#env, file: basename(this.#home.config) });
  }

  /** What a whole text means that is to replace the present one, its masks resolved. Throws ConfigError or MaskedSecretError. */
  draft(edited: string, present = this.present()): CheckedConfig {
    const still = !present.exists && edited === '';
    if (still || parseDocument(edited).problems.length > 0) return this.check(edited);
    return this.#checkFile(unmaskSource(edited, { source: present.text ?? '', secrets: present.secrets }));
  }

  /** What `edit` makes of the present text. Throws what `draft` does, and ConfigUnreadableError when there is no text. */
  draftEdit(edit: (present: string) => string, present = this.present()): CheckedConfig {
    return this.draft(edit(this.#editable(present)), present);
  }

  /**
   * Writes what `edit` makes of the present text. Throws what `draftEdit` does, and ConfigConflictError when the
   * present file is not the version `base`; the file stays as it was then.
   */
  edit(edit: (present: string) => string, base?: string): ChangedConfig {
    return this.#write((present) => this.draftEdit(edit, present), base);
  }

  /** Writes a whole text, whatever the present file is. Throws what `draft` does, and ConfigConflictError as `edit`. */
  replace(source: string, base?: string): ChangedConfig {
    return this.#write((present) => this.draft(source, present), base);
  }

  #write(draft: (present: PresentConfig) => CheckedConfig, base: string | undefined): ChangedConfig {
    for (let attempt = 1; ; attempt += 1) {
      const present = this.present();
      if (base !== undefined && base !== present.hash) throw new ConfigConflictError(this.#home.config);
      const checked = draft(present);
      try {
        if (checked.source !== present.text) writeConfig(this.#home, checked.source, present.hash);
        return { checked, hash: sourceHash(checked.source) };
      } catch (error) {
        const raced = error instanceof ConfigConflictError && base === undefined;
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** The text that an edit starts from: none is made up for a file that cannot be read, or its other keys would be lost. */
  #editable({ text, result }: PresentConfig): string {
    if (text !== undefined) return text;
    throw new ConfigUnreadableError(result instanceof ConfigError ? result.message : this.#home.config);
  }

  /** Whether a new file could take the place of the present one. */
  get writable(): boolean {
    try {
      accessSync(this.#folder(), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  #outcome(text: string | undefined): CheckedConfig | ConfigError {
    try {
      return text === undefined ? this.check('') : this.#checkFile(text);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
  }

  /** Where the file really is: a link stays, and what it leads to is replaced. */
  #folder(): string {
    try {
      return dirname(realpathSync(this.#home.config));
    } catch {
      return this.#home.root;
    }
  }
}
