import { z } from 'zod';
import { MetricsOffError, NotReadyError } from '../../errors/http.ts';
import { daemonStatus, health, requestAccepted, wish } from '../../protocol/daemon.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext } from './shared.ts';

/** Reason that reports and sessions show when the client gave none. */
const NO_REASON = 'asked for over the API';

/** Content type of Prometheus' text format. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

export function daemonRoutes({ app, deps, draining }: RouteContext): void {
  app.openapi(statusRoute, async (c) => c.json(await deps.status(), 200));

  app.openapi(restartRoute, async (c) => {
    const { reason = NO_REASON } = c.req.valid('json');
    deps.log.info({ by: c.get('by'), reason }, 'http:restart_wanted');
    const { handover } = await deps.control.restart(reason, c.get('by'));
    return c.json({ requested: 'restart' as const, reason, handover }, 202);
  });

  app.openapi(stopRoute, async (c) => {
    const { reason = NO_REASON } = c.req.valid('json');
    deps.log.info({ by: c.get('by'), reason }, 'http:stop_wanted');
    const { handover } = await deps.control.stop(reason);
    return c.json({ requested: 'stop' as const, reason, handover }, 202);
  });

  app.openapi(metricsRoute, async (c) => {
    const text = await deps.renderMetrics();
    if (text === null) throw new MetricsOffError();
    return c.text(text, 200, { 'content-type': TEXT_FORMAT });
  });

  app.openapi(healthRoute, (c) => c.json({ ok: true as const }, 200));

  app.openapi(readyRoute, async (c) => {
    if (!deps.ready() || draining.isDraining) throw new NotReadyError();
    const fault = await deps.sessions.findStoreFault();
    if (fault !== null) throw new NotReadyError(fault);
    return c.json({ ok: true as const }, 200);
  });
}

const statusRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/status',
  operationId: 'showStatus',
  summary: 'Show the daemon status',
  responses: { 200: jsonContent('Daemon status.', daemonStatus), ...problemResponses },
});

const restartRoute = declareRoute({
  'x-access': 'write',
  method: 'post',
  path: '/v1/restart',
  operationId: 'restartDaemon',
  summary: 'Restart the daemon',
  description:
    'Reads the configuration again and starts a new generation. The present generation serves until the new one does, and no accepted input is lost.',
  request: jsonBody(wish),
  responses: { 202: jsonContent('The request is accepted.', requestAccepted), ...problemResponses },
});

const stopRoute = declareRoute({
  'x-access': 'write',
  method: 'post',
  path: '/v1/stop',
  operationId: 'stopDaemon',
  summary: 'Stop the daemon',
  description: 'Drains and stops the daemon. Unfinished turns continue at the next start.',
  request: jsonBody(wish),
  responses: { 202: jsonContent('The request is accepted.', requestAccepted), ...problemResponses },
});

const healthRoute = declareRoute({
  'x-access': 'open',
  method: 'get',
  path: '/healthz',
  operationId: 'checkHealth',
  summary: 'Check that the process is alive',
  description: 'Needs no token.',
  responses: { 200: jsonContent('The process is alive.', health), ...problemResponses },
});

const readyRoute = declareRoute({
  'x-access': 'open',
  method: 'get',
  path: '/readyz',
  operationId: 'checkReadiness',
  summary: 'Check that this generation runs sessions',
  description:
    'Needs no token. Answers 503 while the generation starts or drains, in rescue mode, and while the journal cannot be written, for example because the disk is full.',
  responses: { 200: jsonContent('The generation runs sessions.', health), ...problemResponses },
});

const metricsRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/metrics',
  operationId: 'showMetrics',
  summary: 'Show metrics for Prometheus',
  description:
    'Sessions by state, turns and outcomes, durations of model calls, tool calls and journal commits, tokens, approvals, handovers and the delay of the event loop. Counters start again with each generation, except those of generations and handovers.',
  responses: {
    200: {
      description: 'Metrics in the text format 0.0.4.',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...problemResponses,
  },
});
