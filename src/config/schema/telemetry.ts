import { z } from 'zod';
import { defineGroup, defineKey, durationField } from '../fields/fields.ts';
import { headerFields } from './headers.ts';
import { webAddress } from './web-address.ts';

const otlp = z
  .strictObject({
    endpoint: defineKey(
      webAddress('http://localhost:4318', '"headers"').transform((url) => url.replace(/\/+$/, '')),
      'live',
      'Base URL of an OTLP receiver over HTTP, such as the OpenTelemetry Collector; `/v1/traces` and `/v1/metrics` are appended.',
    ),
    headers: defineKey(
      headerFields.prefault({}),
      'live',
      'Headers sent with every export, by name; credentials belong here.',
      { secret: true },
    ),
    traces: defineKey(
      z.boolean().prefault(true),
      'live',
      'Whether each turn is sent as a trace. Its ids follow from session and turn, so one trace continues across restarts.',
    ),
    metrics: defineKey(z.boolean().prefault(true), 'live', 'Whether metrics are sent.'),
    interval: defineKey(durationField('60s', '1s', '1h'), 'live', 'The time between two exports of metrics.'),
    content: defineKey(
      z.boolean().prefault(false),
      'live',
      'Whether traces contain tool arguments, tool results and answers. Secrets of the configuration are masked in them.',
    ),
  })
  .optional();

/** What the daemon measures about itself, and where it sends it. */
export const telemetrySection = defineGroup(
  z
    .strictObject({
      metrics: defineKey(
        z.boolean().prefault(true),
        'live',
        'Whether `GET /metrics` is served, in the text format of Prometheus.',
      ),
      otlp: defineGroup(otlp, 'Export of traces and metrics over OTLP/HTTP; nothing is sent when absent.'),
    })
    .prefault({}),
  'What the daemon measures about itself.',
);
