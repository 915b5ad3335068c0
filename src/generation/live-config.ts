import { type CheckedConfig, checkConfig } from '../config/check/check.ts';
import type { Config } from '../config/schema/resolve.ts';
import { rememberSecrets } from '../config/secrets/redact.ts';
import type { Settings } from '../engine/port/settings.ts';
import type { Models } from '../models/port/model.ts';
import { createPriceCall, type PriceCall } from '../models/prices/prices.ts';
import { createModels, type ProviderModels } from '../models/registry.ts';
import type { AcceptedConfig } from '../supervisor/ipc/messages.ts';
import type { SkillCatalog } from '../tools/skills/shelf.ts';
import type { Home } from '../util/home.ts';
import { createMask, createTailMeasure } from '../util/mask.ts';
import { resolveSettings } from './settings.ts';

/** What the resolution of a configuration depends on besides its text. */
export interface RevisionDeps {
  home: Home;
  shelf: SkillCatalog;
}

/** Everything that is derived from one accepted configuration: models, settings and secrets. */
export interface LiveRevision {
  number: number;
  origin: AcceptedConfig['origin'];
  checked: CheckedConfig;
  config: Config;
  models: ProviderModels;
  priceCall: PriceCall;
  settings: Settings;
  /** Texts that must never be shown: the secrets of this configuration and of all earlier ones of this process. */
  secrets: string[];
  /** Texts that tools must not show either, including those of earlier configurations of this process. */
  hidden: string[];
  redact(text: string): string;
}

/**
 * Checks a configuration as at boot and derives everything from it. Throws ConfigError; nothing has changed in
 * that case.
 */
function makeRevision(
  { revision, source, origin, given }: AcceptedConfig,
  place: RevisionDeps,
  cover: (text: string) => string,
  former: Pick<LiveRevision, 'secrets' | 'hidden'> = { secrets: [], hidden: [] },
): LiveRevision {
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
    priceCall: createPriceCall(config.providers),
    settings: resolveSettings(config, revision, shelf),
    secrets,
    hidden,
    redact: (text) => cover(redact(text)),
  };
}

/**
 * The configuration in force in this generation. Callers read it again at each use, so that a change takes effect
 * with the next step.
 */
export class LiveConfig {
  readonly #deps: RevisionDeps;
  readonly #listeners: ((revision: LiveRevision) => void)[] = [];
  #current: LiveRevision;
  #hidden: string[] = [];
  #cover = createMask([]);
  #measureTail = createTailMeasure([]);

  constructor(accepted: AcceptedConfig, place: RevisionDeps) {
    this.#deps = place;
    this.#current = makeRevision(accepted, place, (text) => this.#cover(text));
    this.#measureSecrets();
  }

  get current(): LiveRevision {
    return this.#current;
  }

  /** Hides secrets that no configuration contains, such as tokens of an MCP login, in all texts from now on. */
  hideSecrets(secrets: readonly string[]): void {
    this.#hidden = rememberSecrets(secrets, this.#hidden);
    this.#cover = createMask(this.#hidden);
    this.#measureSecrets();
  }

  /** Measures how much of the end of a text may be the beginning of a secret that `redact` replaces. */
  measureTail(text: string): number {
    return this.#measureTail(text);
  }

  /** Registers a listener that is called after each change. It must not throw. */
  onChange(listener: (revision: LiveRevision) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Puts another configuration in force and informs the listeners. Throws ConfigError; the former configuration
   * stays in force in that case.
   */
  applyConfig(accepted: AcceptedConfig): void {
    const former = this.#current;
    this.#current = makeRevision(accepted, this.#deps, (text) => this.#cover(text), former);
    this.#measureSecrets();
    for (const listener of this.#listeners) listener(this.#current);
    void this.#current.models.loadProviders();
  }

  #measureSecrets(): void {
    this.#measureTail = createTailMeasure([...this.#current.hidden, ...this.#hidden]);
  }

  /** Looks models up in the configuration that is in force at each call. */
  get models(): Models {
    return {
      get: (name) => this.#current.models.get(name),
      concurrency: (name) => this.#current.models.concurrency(name),
    };
  }
}
