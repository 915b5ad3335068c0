import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { readVersion } from '../../util/version.ts';
import type { SessionAppend } from '../projection/append.ts';
import { deriveSpans, type Span } from '../projection/spans.ts';
import { Instruments } from './instruments.ts';
import type { MetricSources, OtlpSettings, TelemetrySettings } from './sources.ts';

/** Name and version of the instrumentation, part of everything that is sent. */
const SCOPE = { name: 'midturn', version: readVersion() };

/** Longest time that a shutdown waits for what is still to be sent, in milliseconds. */
const FLUSH_TIMEOUT = 1_000;

export interface ExporterDeps {
  sources: MetricSources;
  /** Name of the store; part of all span ids. */
  store: string;
  /** Removes secrets from content before it leaves the process. */
  redact(text: string): string;
}

/**
 * The telemetry of one generation for one revision of the configuration: instruments that are read by `/metrics`
 * and pushed over OTLP, and the traces of turns. This file loads the OpenTelemetry SDK; import it lazily.
 */
export class Exporters {
  readonly #meters: MeterProvider;
  readonly #instruments: Instruments;
  readonly #pull = new PullReader();
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  readonly #spans: BatchSpanProcessor | null;
  readonly #resource: Resource;
  readonly #deps: ExporterDeps;
  readonly #content: boolean;

  constructor({ otlp }: TelemetrySettings, deps: ExporterDeps) {
    this.#deps = deps;
    this.#content = otlp?.content ?? false;
    this.#resource = resourceFromAttributes({
      'service.name': 'midturn',
      'service.version': SCOPE.version,
      'service.instance.id': `${deps.store}/${deps.sources.generation}`,
    });
    this.#meters = new MeterProvider({
      resource: this.#resource,
      readers: [this.#pull, ...(otlp?.metrics ? [createPushReader(otlp)] : [])],
    });
    this.#instruments = new Instruments(this.#meters.getMeter(SCOPE.name, SCOPE.version), deps.sources);
    this.#spans = otlp?.traces ? createSpanProcessor(otlp) : null;
  }

  observeAppend(append: SessionAppend): void {
    this.#instruments.recordAppend(append);
    if (!this.#spans) return;
    const options = { store: this.#deps.store, content: this.#content };
    for (const span of deriveSpans(append, options)) this.#spans.onEnd(this.#toReadable(span));
  }

  countEvent(event: string): void {
    this.#instruments.countEvent(event);
  }

  recordCommit(milliseconds: number): void {
    this.#instruments.recordCommit(milliseconds);
  }

  /** Resolves with all metrics in Prometheus' text format, version 0.0.4. */
  async renderMetrics(): Promise<string> {
    const { resourceMetrics } = await this.#pull.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  /** Sends what is left, for at most a second, and stops. Never rejects. */
  async close(): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT).unref());
    const all = Promise.allSettled([this.#spans?.shutdown(), this.#meters.shutdown()]);
    await Promise.race([all, limit]);
    this.#instruments.close();
  }

  #toReadable(span: Span): ReadableSpan {
    const { redact } = this.#deps;
    const context = { traceId: span.traceId, traceFlags: TraceFlags.SAMPLED };
    const { parentSpanId } = span;
    return {
      name: span.name,
      kind: span.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
      spanContext: () => ({ ...context, spanId: span.spanId }),
      ...(parentSpanId === undefined ? {} : { parentSpanContext: { ...context, spanId: parentSpanId } }),
      startTime: toHrTime(span.start),
      endTime: toHrTime(span.end),
      duration: toHrTime(span.end - span.start),
      status:
        span.error === undefined
          ? { code: SpanStatusCode.UNSET }
          : { code: SpanStatusCode.ERROR, message: span.error },
      attributes: Object.fromEntries(
        Object.entries(span.attributes).map(([key, value]) => [
          key,
          typeof value === 'string' ? redact(value) : value,
        ]),
      ),
      ...{ links: [], events: [], ended: true, resource: this.#resource, instrumentationScope: SCOPE },
      ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    };
  }
}

/** Reads all metrics when it is asked, for `/metrics`; unlike the exporter's own reader it opens no server. */
class PullReader extends MetricReader {
  protected async onShutdown(): Promise<void> {}
  protected async onForceFlush(): Promise<void> {}
}

function createPushReader({ endpoint, headers, interval }: OtlpSettings): PeriodicExportingMetricReader {
  const exporter = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, headers });
  const exportTimeoutMillis = Math.min(interval, 30_000);
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: interval, exportTimeoutMillis });
}

function createSpanProcessor({ endpoint, headers }: OtlpSettings): BatchSpanProcessor {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers });
  return new BatchSpanProcessor({ exporter });
}

/** Converts milliseconds since the epoch to the pair of seconds and nanoseconds that the SDK expects. */
function toHrTime(milliseconds: number): [seconds: number, nanoseconds: number] {
  return [Math.floor(milliseconds / 1_000), Math.round((milliseconds % 1_000) * 1e6)];
}
