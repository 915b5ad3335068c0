import { type CheckedConfig, checkConfig } from '../config/check/check.ts';
import type { Config } from '../config/schema/resolve.ts';
import { rememberSecrets } from '../config/secrets/redact.ts';
import type { Models } from '../models/port/model.ts';
import { createModels, type ProviderModels } from '../models/registry.ts';
import type { Settings } from '../runner/port/settings.ts';
import type { AcceptedConfig } from '../supervisor/ipc/messages.ts';
import type { Shelf } from '../tools/skills/shelf.ts';
import type { Home } from '../util/home.ts';
import { createMask } from '../util/mask.ts';
import { settingsOf } from './settings.ts';

/** What a configuration's meaning depends on besides itself. */
export interface Place {
  home: Home;
  shelf: Shelf;
}

/** What is made of one accepted configuration. */
export interface Revision {
  number: number;
  origin: AcceptedConfig['origin'];
  checked: CheckedConfig;
  config: Config;
  models: ProviderModels;
  settings: Settings;
  /** Texts that must never be seen: its own, and those of the ones before it. */
  secrets: string[];
  /** Texts that tools must not show, those of earlier configurations included. */
  hidden: string[];
  redact(text: string): string;
}

/** Checks a configuration as at boot and makes its parts. Throws ConfigError, and then nothing has changed. */
function makeRevision(
  { revision, source, origin, given }: AcceptedConfig,
  place: Place,
  cover: (text: string) => string,
  former: Pick<Revision, 'secrets' | 'hidden'> = { secrets: [], hidden: [] },
): Revision {
  const { home, shelf } = place;
  const checked = checkConfig(source, { home, env: process.env, given });
  const { config } = checked;
  const secrets = rememberSecrets(checked.secrets, former.secrets);
  const hidden = rememberSecrets(checked.hidden, former.hidden);
  const redact = createMask(hidden);
  return {
    number: revision,
    origin,
    checked,
    config,
    models: createModels(config.providers, secrets),
    settings: settingsOf(config, revision, shelf),
    secrets,
    hidden,
    redact: (text) => cover(redact(text)),
  };
}

/** The configuration in force. Everyone asks it anew at each use, so that a change holds from the next step on. */
export class LiveConfig {
  readonly #place: Place;
  readonly #listeners: ((revision: Revision) => void)[] = [];
  #current: Revision;
  #hidden: string[] = [];
  #cover = createMask([]);

  constructor(accepted: AcceptedConfig, place: Place) {
    this.#place = place;
    this.#current = makeRevision(accepted, place, (text) => this.#cover(text));
  }

  get current(): Revision {
    return this.#current;
  }

  /** Secrets that no configuration holds are taken out of texts from now on, too. */
  hide(secrets: readonly string[]): void {
    this.#hidden = rememberSecrets(secrets, this.#hidden);
    this.#cover = createMask(this.#hidden);
  }

  /** `listener` must not throw; it is called after each change. */
  onChange(listener: (revision: Revision) => void): void {
    this.#listeners.push(listener);
  }

  /** Throws ConfigError, and then the old one stays in force. */
  apply(accepted: AcceptedConfig): void {
    const former = this.#current;
    this.#current = makeRevision(accepted, this.#place, (text) => this.#cover(text), former);
    for (const listener of this.#listeners) listener(this.#current);
    void this.#current.models.warm();
  }

  /** The models of whichever configuration is in force when one is asked for. */
  get models(): Models {
    return {
      get: (name) => this.#current.models.get(name),
      concurrency: (name) => this.#current.models.concurrency(name),
    };
  }
}
