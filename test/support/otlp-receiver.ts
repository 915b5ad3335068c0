import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z.array(attribute),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }),
});
const traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});
const metrics = z.object({
  resourceMetrics: z.array(
    z.object({ scopeMetrics: z.array(z.object({ metrics: z.array(z.object({ name: z.string() })) })) }),
  ),
});

/** A span as a receiver sees it; `instance` is the process that sent it. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  name: string;
  instance: string;
  error: string | undefined;
  attributes: Record<string, unknown>;
}

/** A receiver of OTLP over HTTP with JSON, as a collector has it; it keeps what arrives. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly metricNames = new Set<string>();
  /** Values of the authorization header, one for each request. */
  readonly tokens: (string | undefined)[] = [];
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      this.tokens.push(request.headers.authorization);
      void json(request).then((body) => {
        if (request.url === '/v1/traces') this.#keepSpans(body);
        else if (request.url === '/v1/metrics') this.#keepMetrics(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when the condition holds; checked with each request. */
  async waitUntil(condition: (receiver: OtlpReceiver) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #keepSpans(body: unknown): void {
    for (const { resource, scopeSpans } of traces.parse(body).resourceSpans) {
      const instance = String(toObject(resource.attributes)['service.instance.id']);
      for (const { traceId, spanId, parentSpanId, name, status, attributes } of scopeSpans.flatMap(
        ({ spans }) => spans,
      )) {
        const error = status.code === 2 ? status.message : undefined;
        const own = parentSpanId === undefined ? {} : { parentSpanId };
        this.spans.push({ traceId, spanId, ...own, name, instance, error, attributes: toObject(attributes) });
      }
    }
  }

  #keepMetrics(body: unknown): void {
    for (const { scopeMetrics } of metrics.parse(body).resourceMetrics)
      for (const { metrics } of scopeMetrics) for (const { name } of metrics) this.metricNames.add(name);
  }
}

function toObject(attributes: z.infer<typeof attribute>[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
