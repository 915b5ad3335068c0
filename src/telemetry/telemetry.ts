import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { COMMIT_CHANNEL } from './commit-channel.ts';
import type { EventName } from './events/catalogue.ts';
import type { ExporterDeps, Exporters } from './otel/exporters.ts';
import type { TelemetrySettings } from './otel/sources.ts';
import type { SessionAppend } from './projection/append.ts';

/** Appends that are kept until the exporters are loaded; later ones are not measured. */
const MAX_WAITING = 1_000;

/**
 * Metrics and traces of a generation. Switched off, an append costs one comparison. The OpenTelemetry SDK is loaded
 * after the generation serves, because loading it takes longer than the rest of a handover; what happens until then
 * is measured as soon as it is there.
 */
export class Telemetry {
  readonly #deps: ExporterDeps;
  #settings: TelemetrySettings;
  #waiting: SessionAppend[] | null;
  #exporters: Promise<Exporters> | null = null;
  #ready: Exporters | null = null;

  constructor(settings: TelemetrySettings, deps: ExporterDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#waiting = isWanted(settings) ? [] : null;
  }

  /** Loads what the settings ask for. Call it when the generation serves, because loading delays everything else. */
  start(): void {
    if (!isWanted(this.#settings) || this.#exporters) return;
    this.#exporters = this.#load();
    subscribe(COMMIT_CHANNEL, this.#recordCommit);
  }

  /** Applies the settings of another revision. When they differ, the exporters are replaced and counters start again. */
  async applySettings(settings: TelemetrySettings): Promise<void> {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    const started = this.#exporters !== null || !isWanted(this.#settings);
    await this.close();
    this.#settings = settings;
    this.#waiting = isWanted(settings) ? [] : null;
    if (started) this.start();
  }

  observeAppend(append: SessionAppend): void {
    if (this.#ready) this.#ready.observeAppend(append);
    else if (this.#waiting && this.#waiting.length < MAX_WAITING) this.#waiting.push(append);
  }

  countEvent(event: EventName): void {
    this.#ready?.countEvent(event);
  }

  /** Resolves with all metrics as Prometheus text; null when they are switched off or nothing serves yet. */
  async renderMetrics(): Promise<string | null> {
    if (!this.#settings.metrics || !this.#exporters) return null;
    return (await this.#exporters).renderMetrics();
  }

  /** Sends what is left, for at most a second. Never rejects. */
  async close(): Promise<void> {
    unsubscribe(COMMIT_CHANNEL, this.#recordCommit);
    const exporters = this.#exporters;
    [this.#exporters, this.#ready, this.#waiting] = [null, null, null];
    await (await exporters)?.close();
  }

  async #load(): Promise<Exporters> {
    const { Exporters } = await import('./otel/exporters.ts');
    const exporters = new Exporters(this.#settings, this.#deps);
    for (const append of this.#waiting ?? []) exporters.observeAppend(append);
    this.#waiting = null;
    this.#ready = exporters;
    return exporters;
  }

  readonly #recordCommit = (milliseconds: unknown): void => {
    if (typeof milliseconds === 'number') this.#ready?.recordCommit(milliseconds);
  };
}

function isWanted({ metrics, otlp }: TelemetrySettings): boolean {
  return metrics || otlp !== null;
}
