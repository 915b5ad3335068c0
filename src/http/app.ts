import { OpenAPIHono } from '@hono/zod-openapi';
import { delta, reconnect } from '../protocol/events.ts';
import { readVersion } from '../util/version.ts';
import { explainNoRoute } from './answers/not-found.ts';
import { problemResponse } from './answers/problems.ts';
import { type ApiDeps, type ApiEnv, DEFAULT_LIMITS, type RequestConnection } from './ports/deps.ts';
import { type OpenResponse, OpenResponses } from './ports/draining.ts';
import { limitBody, refuseInvalid } from './request/body.ts';
import { guardAccess } from './request/guard.ts';
import { checkTarget } from './request/request-target.ts';
import { RouteTable } from './request/route-facts.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { blobRoutes } from './routes/blobs.ts';
import { configRoutes } from './routes/config.ts';
import { daemonRoutes } from './routes/daemon.ts';
import { describeRoute } from './routes/describe.ts';
import { feedRoute } from './routes/events/feed.ts';
import { eventRoutes } from './routes/events/session-events.ts';
import { exportRoute } from './routes/export.ts';
import { handoverRoutes } from './routes/handovers.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { messageRoutes } from './routes/messages.ts';
import { reminderRoutes } from './routes/reminders.ts';
import { revisionRoutes } from './routes/revisions.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { usageRoute } from './routes/usage.ts';

export interface Api {
  /** Answers a request; never rejects, because errors become problem documents. */
  fetch(request: Request, connection: RequestConnection): Response | Promise<Response>;
  /** Returns the problem document of an error that occurred outside the app. */
  problemFor(error: unknown): Response;
  /** Returns the OpenAPI 3.1 document. */
  describeApi(): object;
  draining: OpenResponses;
}

/** Creates the HTTP interface as a function from request to response; a server then puts it on sockets. */
export function createApi(deps: ApiDeps): Api {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
  const draining = new OpenResponses();
  const routes = new RouteTable();
  const context = {
    app,
    deps,
    draining,
    streams: new Set<OpenResponse>(),
    limits: { ...DEFAULT_LIMITS, ...deps.limits },
  };
  app.onError((error) => problemResponse(error, deps.log));
  app.use(async (c, next) => {
    checkTarget(c.env.incoming?.url, c.req.path, new URL(c.req.url).search);
    await next();
  });
  app.use(guardAccess(deps, routes));
  app.use(limitBody(deps.config, routes));
  messageRoutes(context);
  sessionRoutes(context);
  usageRoute(context);
  approvalRoutes(context);
  eventRoutes(context);
  feedRoute(context);
  exportRoute(context);
  blobRoutes(context);
  scheduleRoutes(context);
  reminderRoutes(context);
  mcpRoutes(context);
  daemonRoutes(context);
  handoverRoutes(context);
  configRoutes(context);
  revisionRoutes(context);
  const describe = createDescriber(app);
  describeRoute(app, describe);
  routes.readRoutes(app);
  const names = listRoutes(app);
  app.notFound((c) => problemResponse(explainNoRoute(c.req.method, c.req.path, names), deps.log));
  // The first match builds the routing table, so that no request waits for it.
  app.router.match('GET', '/');
  return {
    fetch: (request, connection) => app.fetch(request, connection),
    problemFor: (error) => problemResponse(error, deps.log),
    describeApi: describe,
    draining,
  };
}

function listRoutes(app: OpenAPIHono<ApiEnv>) {
  return app.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route' ? [{ method: definition.route.method, path: definition.route.path }] : [],
  );
}

/** Returns a function that builds the OpenAPI document at its first call and keeps it. */
function createDescriber(app: OpenAPIHono<ApiEnv>): () => object {
  let document: object | undefined;
  return () => {
    document ??= build();
    return document;
  };
  function build(): object {
    app.openAPIRegistry.register('Delta', delta);
    app.openAPIRegistry.register('Reconnect', reconnect);
    app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
    return app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Midturn',
        version: readVersion(),
        description:
          'Sessions of LLM agents that outlive every restart. Errors are RFC 9457 problem documents.',
        license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      },
      servers: [{ url: '/', description: 'The daemon that serves this document.' }],
      security: [{}, { token: [] }],
    });
  }
}
