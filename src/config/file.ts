import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ConfigConflictError, ConfigError } from '../errors/config.ts';
import type { Home } from '../util/home.ts';
import { type CheckedConfig, checkConfig, checkFileText } from './check.ts';
import { sourceHash, writeConfig } from './edit.ts';
import { parseDocument } from './jsonc.ts';
import { readConfig } from './load.ts';
import { maskSource, unmaskSource } from './masking.ts';

/** The file as it is at one moment, valid or not. */
export interface PresentConfig {
  /** Empty when there is no file, or none that can be read as text. */
  text: string;
  exists: boolean;
  /** Of its bytes; what a writer names as the version that it saw. */
  hash: string;
  secrets: readonly string[];
  result: CheckedConfig | ConfigError;
}

export interface ChangedConfig {
  hash: string;
  checked: CheckedConfig;
}

/** Writers that lose a race to somebody else's save try again so often. */
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
    const [text, unreadable] = this.#read();
    const source = text ?? '';
    const result = unreadable ?? this.#outcome(text);
    const own = result instanceof ConfigError ? [] : result.secrets;
    return {
      text: source,
      exists: text !== undefined || unreadable !== undefined,
      hash: sourceHash(source),
      secrets: [...own, ...this.#known()],
      result,
    };
  }

  /** The present text as it may be shown. */
  shown({ text, secrets } = this.present()): string {
    return maskSource({ source: text, secrets });
  }

  /** Throws ConfigError; `name` is how people know the text. */
  check(text: string, name = basename(this.#home.config)): CheckedConfig {
    return checkConfig(text, { home: this.#home, env: this.#env, file: name });
  }

  #checkFile(text: string): CheckedConfig {
    return checkFileText(text, { home: this.#home, env: this.#env, file: basename(this.#home.config) });
  }

  /** What an edited text means, its masks replaced. Throws ConfigError or MaskedSecretError. */
  draft(edited: string, present = this.present()): CheckedConfig {
    const still = !present.exists && edited === '';
    if (still || parseDocument(edited).problems.length > 0) return this.check(edited);
    return this.#checkFile(unmaskSource(edited, { source: present.text, secrets: present.secrets }));
  }

  /**
   * Writes what `edit` makes of the present text. Throws what `draft` does, and ConfigConflictError when the present
   * text is not the one of `base`; the file is as it was then.
   */
  change(edit: (present: string) => string, base?: string): ChangedConfig {
    for (let attempt = 1; ; attempt += 1) {
      const present = this.present();
      if (base !== undefined && base !== present.hash) throw new ConfigConflictError(this.#home.config);
      const checked = this.draft(edit(present.text), present);
      try {
        if (checked.source !== present.text) writeConfig(this.#home, checked.source, present.hash);
        return { checked, hash: sourceHash(checked.source) };
      } catch (error) {
        const raced = error instanceof ConfigConflictError && base === undefined;
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
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

  #read(): [text: string | undefined, unreadable?: ConfigError] {
    try {
      return [readConfig(this.#home.config, basename(this.#home.config))];
    } catch (error) {
      if (error instanceof ConfigError) return [undefined, error];
      throw error;
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
