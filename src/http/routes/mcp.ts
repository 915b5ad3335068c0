import { z } from 'zod';
import { MidturnError } from '../../errors/errors.ts';
import { InvalidRequestError } from '../../errors/http.ts';
import { CALLBACK, mcpAnswer, mcpLogin, mcpLoginDone, mcpServerList } from '../../protocol/mcp.ts';
import { toProblem } from '../answers/problems.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext } from './shared.ts';

export function mcpRoutes({ app, deps }: RouteContext): void {
  const { mcp, log } = deps;

  app.openapi(listRoute, (c) => c.json({ servers: mcp.listServers() }, 200));

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
      return htmlPage(`Midturn is logged in to "${server}". You can close this page.`, 200);
    } catch (error) {
      if (!(error instanceof MidturnError)) throw error;
      const { detail, status } = toProblem(error, log);
      return htmlPage(detail, status);
    }
  });
}

/** Returns a page for a browser. Its text may contain words of other servers, so it is plain text only. */
function htmlPage(text: string, status: number): Response {
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
  const problem = "it is not an address; copy the whole content of the browser's address bar";
  throw new InvalidRequestError([{ where: 'body', field: 'address', problem }]);
}

const serverPath = z.object({ server: z.string().max(64).meta({ description: 'Name of the MCP server.' }) });

const listRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/mcp',
  operationId: 'listMcpServers',
  summary: 'List MCP servers',
  description: 'The enabled MCP servers of the configuration, with the state of each login.',
  responses: { 200: jsonContent('The MCP servers.', mcpServerList), ...problemResponses },
});

const beginRoute = declareRoute({
  'x-access': 'operate',
  method: 'post',
  path: '/v1/mcp/{server}/login',
  operationId: 'beginMcpLogin',
  summary: 'Begin a login to an MCP server',
  description:
    'The user continues at `url` of the response with a browser. An earlier login to the same server that still waits is cancelled. The login survives a restart of the daemon; `GET /v1/mcp` shows its result.',
  request: { params: serverPath },
  responses: { 200: jsonContent('The login waits for the user.', mcpLogin), ...problemResponses },
});

const finishRoute = declareRoute({
  'x-access': 'operate',
  method: 'put',
  path: '/v1/mcp/login',
  operationId: 'completeMcpLogin',
  summary: 'Finish a login by hand',
  description:
    'For a browser that cannot reach the daemon: send the address to which the authorization server redirected it.',
  request: jsonBody(mcpAnswer, true),
  responses: { 200: jsonContent('The login is complete.', mcpLoginDone), ...problemResponses },
});

const endRoute = declareRoute({
  'x-access': 'operate',
  method: 'delete',
  path: '/v1/mcp/{server}/login',
  operationId: 'deleteMcpLogin',
  summary: 'Log out of an MCP server',
  description:
    'Deletes the tokens and the registered client, and closes the connection. The authorization server is not notified.',
  request: { params: serverPath },
  responses: { 200: jsonContent('The login is removed.', mcpLoginDone), ...problemResponses },
});

/** Content of one line of text, which a user reads in a browser. */
const LINE = { 'text/plain': { schema: z.string() } };

const callbackRoute = declareRoute({
  'x-access': 'open',
  method: 'get',
  path: CALLBACK,
  operationId: 'returnFromMcpLogin',
  summary: 'Return from a login in the browser',
  description:
    'Needs no token, because `state` is a secret of the login; it is valid once and for a short time. Answers one line of text for the user.',
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
    '4XX': { description: 'The login is refused; the text has the reason.', content: LINE },
    default: { description: 'The login failed; the text has the reason.', content: LINE },
  },
});
