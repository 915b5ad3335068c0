import { createRoute, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { z } from 'zod';
import type { ApiEnv } from '../ports/deps.ts';

/**
 * What every route declares about itself, as extensions of its OpenAPI operation. The guard, the body limit, the
 * document and the tests read these facts, and a route without them is never served.
 */
export interface RouteFacts {
  'x-access': RouteAccess;
  /**
   * What the route is about. `sessions`: it reads and changes only sessions that the client may see, so tokens with
   * limits open it. Default `daemon`.
   */
  'x-about'?: RouteTopic;
  /** The limit of the body: that of messages, of configuration files, or of files, which are streamed. Default `message`. */
  'x-body-limit'?: RouteBody;
}

const ACCESS = ['open', 'read', 'write', 'operate'] as const;
const BODIES = ['message', 'config', 'file'] as const;
const TOPICS = ['daemon', 'sessions'] as const;

/**
 * Who may use a route:
 * 1. `open`: every client, without a token. Example: `GET /healthz`.
 * 2. `read`: every client with a token, once one is configured. Example: `GET /v1/sessions`.
 * 3. `write`: the same clients, for requests that change something. Example: `POST /v1/restart`.
 * 4. `operate`: operators only. Example: `PUT /v1/config`.
 */
export type RouteAccess = (typeof ACCESS)[number];

export type RouteBody = (typeof BODIES)[number];

export type RouteTopic = (typeof TOPICS)[number];

/** The facts of a request that no route answers; the answer is 404. */
export const DEFAULT_FACTS: Required<RouteFacts> = {
  'x-access': 'read',
  'x-about': 'sessions',
  'x-body-limit': 'message',
};

/** Declares a route. Only routes that were declared here can be served. */
export function declareRoute<
  P extends string,
  R extends Omit<RouteConfig, 'path'> & { path: P } & RouteFacts,
>(route: R) {
  const declared = createRoute<P, R>(route);
  return route['x-access'] === 'open' ? Object.assign(declared, { security: [{}] }) : declared;
}

const routeFacts = z.looseObject({
  'x-access': z.enum(ACCESS),
  'x-about': z.enum(TOPICS).default('daemon'),
  'x-body-limit': z.enum(BODIES).default('message'),
});

/** The facts of all routes of an app, found by the route that a request matches. */
export class RouteTable {
  readonly #facts = new Map<string, Required<RouteFacts>>();

  /** Reads the facts of every registered route. Throws TypeError for a route that declares none. */
  readRoutes(app: OpenAPIHono<ApiEnv>): void {
    for (const definition of app.openAPIRegistry.definitions) {
      if (definition.type !== 'route') continue;
      const { method, path } = definition.route;
      const declared = routeFacts.safeParse(definition.route);
      if (declared.success)
        this.#facts.set(routeKeyOf(method, path.replaceAll(/\{(\w+)\}/g, ':$1')), declared.data);
    }
    for (const { method, path } of app.routes) {
      if (method === MIDDLEWARE || this.#facts.has(routeKeyOf(method, path))) continue;
      throw new TypeError(`The route ${method} ${path} does not declare its access; use declareRoute.`);
    }
  }

  /** Returns the facts of the route that answers the request; `undefined` when no route does. */
  findFacts(c: Context): Required<RouteFacts> | undefined {
    const route = matchedRoutes(c).find(({ method }) => method !== MIDDLEWARE);
    return route && this.#facts.get(routeKeyOf(route.method, route.path));
  }
}

/** The method under which hono lists middleware. */
const MIDDLEWARE = 'ALL';

function routeKeyOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}
