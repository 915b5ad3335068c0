import { z } from 'zod';
import type { Effect } from '../../core/model/events.ts';
import type { ToolOutput } from '../../core/model/message.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import { describeResponse } from './answer.ts';
import type { HttpToolConfig } from './config.ts';
import { explainFailure } from './failure.ts';
import { createHostGuard, type HostGuard } from './guard.ts';
import { type OutgoingRequest, sendRequest } from './request.ts';

/**
 * The `http_fetch` tool. Effects follow from what the methods mean (RFC 9110): safe methods read, idempotent
 * ones may be sent again.
 */
const EFFECTS = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'idempotent',
  DELETE: 'idempotent',
  POST: 'write',
  PATCH: 'write',
} as const satisfies Record<string, Effect>;

const RESERVED_HEADERS =
  /^(host|content-length|transfer-encoding|connection|upgrade|expect|idempotency-key)$/i;

const httpFetchArguments = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !hasCredentials(url), {
      error: 'must not contain a user name or password; use a header',
    }),
  method: z.enum(['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH']).default('GET'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name'),
      z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
    )
    .refine((headers) => !Object.keys(headers).some((name) => RESERVED_HEADERS.test(name)), {
      error:
        'must not set Host, Content-Length, Transfer-Encoding, Connection, Upgrade, Expect or Idempotency-Key',
    })
    .default({}),
  body: z.string().optional().describe('Sent as it is; set a matching Content-Type header.'),
});

type Arguments = z.infer<typeof httpFetchArguments>;

/** Creates `http_fetch`, which sends one request to a server that the operator allows. */
export function createHttpFetchTool(config: HttpToolConfig): Tool {
  const guard = createHostGuard(config.allow);
  return defineTool({
    name: 'http_fetch',
    description:
      'Sends one HTTP request and returns the status, the most relevant headers and the body, which must be text. Redirects of GET and HEAD are followed.',
    arguments: httpFetchArguments,
    effect: ({ method }) => EFFECTS[method],
    timeout: () => config.timeout,
    run: (args, { key, signal }) => fetchText(args, { config, guard, key, signal }),
  });
}

interface FetchContext {
  config: HttpToolConfig;
  guard: HostGuard;
  key: string;
  signal: AbortSignal;
}

async function fetchText(args: Arguments, { config, guard, key, signal }: FetchContext): Promise<ToolOutput> {
  const limit = AbortSignal.timeout(config.timeout);
  try {
    const answer = await sendRequest(
      buildRequest(args, key),
      guard,
      config.maxBytes,
      AbortSignal.any([signal, limit]),
    );
    return { type: 'text', value: describeResponse(answer, config.maxBytes) };
  } catch (error) {
    const stopped = signal.aborted ? String(signal.reason) : limit.aborted ? 'timeout' : undefined;
    return toolError(explainFailure(args, error, stopped, config.timeout));
  }
}

function buildRequest({ url, method, headers, body }: Arguments, key: string): OutgoingRequest {
  return {
    url: new URL(url),
    method,
    body,
    headers: {
      'user-agent': 'midturn',
      accept: '*/*',
      ...headers,
      'accept-encoding': 'identity',
      ...(EFFECTS[method] === 'read' ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
  };
}

function hasCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== '' || url.password !== '');
}
