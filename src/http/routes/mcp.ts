import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { MidturnError } from '../../errors/errors.ts';
import { InvalidRequestError } from '../../errors/http.ts';
import { CALLBACK, mcpAnswer, mcpLogin, mcpLoginDone, mcpServers } from '../../protocol/mcp.ts';
import { problemOf } from '../answers/problems.ts';
import { json, jsonBody, problems, type RouteContext } from './shared.ts';

export function mcpRoutes({ app, deps }: RouteContext): void {
  const { mcp, log } = deps;

  app.openapi(listRoute, (c) => c.json({ servers: mcp.status() }, 200));

  app.openapi(beginRoute, async (c) => {
    const { server } = c.req.valid('param');
    log.info({ by: c.get('by'), server }, 'http:login_wanted');
    return c.json({ server, ...(await mcp.beginLogin(server)) }, 200);
  });

  app.openapi(finishRoute, async (c) => {
    const { address } = c.req.valid('json');
    return c.json({ server: await mcp.finishLogin(queryOf(address)) }, 200);
  });

  app.openapi(endRoute, async (c) => {
    const { server } = c.req.valid('param');
    log.info({ by: c.get('by'), server }, 'http:logout_wanted');
    await mcp.endLogin(server);
    return c.json({ server }, 200);
  });

  // Registered without the shared problems, because this route always answers a page for a browser.
  app.openAPIRegistry.registerPath(callbackRoute);
  app.get(CALLBACK, async (c) => {
    try {
      const server = await mcp.finishLogin(new URL(c.req.url).searchParams);
      return page(`Midturn is logged in to "${server}". You can close this page.`, 200);
    } catch (error) {
      if (!(error instanceof MidturnError)) throw error;
      const { detail, status } = problemOf(error, log);
      return page(detail, status);
    }
  });
}

/** Returns a page for a browser. Its text may contain words of other servers, so it is plain text only. */
function page(text: string, status: number): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}

function queryOf(address: string): URLSearchParams {
  if (URL.canParse(address)) return new URL(address).searchParams;
  const problem = 'it is not an address; copy all of what stands in the address bar of the browser';
  throw new InvalidRequestError([{ where: 'body', field: 'address', problem }]);
}

const serverPath = z.object({ server: z.string().max(64).meta({ description: 'Name of the MCP server.' }) });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/mcp',
  operationId: 'listMcpServers',
  summary: 'List MCP servers',
  description: 'Those of the configuration that are enabled, and where the logins to them stand.',
  responses: { 200: json('The servers.', mcpServers), ...problems },
});

const beginRoute = createRoute({
  method: 'post',
  path: '/v1/mcp/{server}/login',
  operationId: 'beginMcpLogin',
  summary: 'Begin a login to an MCP server',
  description:
    'A person goes on with it at the `url` of the answer. Whatever login to the server waited until now is given up. The login survives a restart of the daemon; `GET /v1/mcp` tells what became of it.',
  request: { params: serverPath },
  responses: { 200: json('The login waits for the person.', mcpLogin), ...problems },
});

const finishRoute = createRoute({
  method: 'put',
  path: '/v1/mcp/login',
  operationId: 'completeMcpLogin',
  summary: 'Finish a login by hand',
  description:
    'For a browser that cannot reach the daemon: takes the address that the authorization server sent it to.',
  request: jsonBody(mcpAnswer, true),
  responses: { 200: json('Somebody is logged in.', mcpLoginDone), ...problems },
});

const endRoute = createRoute({
  method: 'delete',
  path: '/v1/mcp/{server}/login',
  operationId: 'deleteMcpLogin',
  summary: 'Log out of an MCP server',
  description:
    'Forgets the tokens, and the client that was registered for them, and closes the connection. The authorization server is not told.',
  request: { params: serverPath },
  responses: { 200: json('The login is gone.', mcpLoginDone), ...problems },
});

/** Content of one line of text, which a user reads in a browser. */
const LINE = { 'text/plain': { schema: z.string() } };

const callbackRoute = createRoute({
  method: 'get',
  path: CALLBACK,
  operationId: 'returnFromMcpLogin',
  summary: 'Where browsers come back from a login',
  description:
    'Needs no token: `state` is a secret of the login, counts once, and not for long. Answers with a line for the person.',
  security: [{}],
  request: {
    query: z.object({
      state: z.string().optional(),
      code: z.string().optional(),
      iss: z.string().optional(),
      error: z.string().optional(),
    }),
  },
  responses: {
    200: { description: 'The login is complete.', content: LINE },
    '4XX': { description: 'The login is refused, and why.', content: LINE },
    default: { description: 'The login failed, and why.', content: LINE },
  },
});
