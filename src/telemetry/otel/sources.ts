/** What the metrics read from the daemon at each collection, because it is a state and not a sum of events. */
export interface MetricSources {
  /** Number of this generation; counts up over the life of the home. */
  generation: number;
  /** Sessions by their status. */
  countSessions(): Promise<Record<string, number>>;
  countOpenApprovals(): Promise<number>;
  /** Handovers of this home, including those before the start of the daemon. */
  countHandovers(): number;
}

/** Where and how telemetry is sent, as `telemetry.otlp` of the configuration gives it, with defaults filled in. */
export interface OtlpSettings {
  /** Base URL of an OTLP receiver over HTTP; `/v1/traces` and `/v1/metrics` are appended. */
  endpoint: string;
  headers: Record<string, string>;
  traces: boolean;
  metrics: boolean;
  /** Milliseconds between two exports of metrics; traces are sent in batches of their own, as they finish. */
  interval: number;
  /** Whether arguments, results and answers are sent too. */
  content: boolean;
}

/** The telemetry that one revision of the configuration asks for. */
export interface TelemetrySettings {
  /** Whether `GET /metrics` is served; when false, the route answers 404 `metrics_off`. */
  metrics: boolean;
  otlp: OtlpSettings | null;
}
