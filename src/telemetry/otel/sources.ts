/** What the metrics read from the daemon at each collection. */
export interface MetricSources {
  /** Number of this generation; counts up over the life of the home. */
  generation: number;
  /** Sessions by their status. */
  countSessions(): Promise<Record<string, number>>;
  countOpenApprovals(): Promise<number>;
  /** Handovers of this home, including those before the start of the daemon. */
  countHandovers(): number;
}

/** Where and how telemetry is sent, as the configuration gives it. */
export interface OtlpSettings {
  /** Base URL of an OTLP receiver over HTTP; `/v1/traces` and `/v1/metrics` are appended. */
  endpoint: string;
  headers: Record<string, string>;
  traces: boolean;
  metrics: boolean;
  /** Milliseconds between two exports of metrics. */
  interval: number;
  /** Whether arguments, results and answers are sent too. */
  content: boolean;
}

/** The telemetry that one revision of the configuration asks for. */
export interface TelemetrySettings {
  /** Whether `GET /metrics` is served. */
  metrics: boolean;
  otlp: OtlpSettings | null;
}
