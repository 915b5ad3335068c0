import type { Sessions } from '../sessions/sessions.ts';
import type { TelemetrySettings } from '../telemetry/otel/sources.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import type { LiveConfig, LiveRevision } from './live-config.ts';

/** Open approvals that are counted; beyond it the metric stays at this number. */
const MAX_COUNTED = 1_000;

export interface LiveTelemetryDeps {
  generation: number;
  /** Name of the store; part of all span ids. */
  store: string;
  sessions: Sessions;
  countHandovers(): number;
}

/** Creates the telemetry of a generation and keeps it in step with the configuration in force. */
export function createLiveTelemetry(live: LiveConfig, deps: LiveTelemetryDeps): Telemetry {
  const { generation, store, sessions, countHandovers } = deps;
  const telemetry = new Telemetry(settingsOf(live.current), {
    store,
    redact: (text) => live.current.redact(text),
    sources: {
      generation,
      countHandovers,
      countSessions: () => sessions.countByStatus(),
      countOpenApprovals: async () =>
        (await sessions.listApprovals({ state: 'pending', limit: MAX_COUNTED })).length,
    },
  });
  live.onChange((revision) => void telemetry.applySettings(settingsOf(revision)));
  return telemetry;
}

function settingsOf({ config: { telemetry } }: LiveRevision): TelemetrySettings {
  return { metrics: telemetry.metrics, otlp: telemetry.otlp ?? null };
}
