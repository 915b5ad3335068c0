import { MidturnError, messageOf } from '../../errors/errors.ts';

/**
 * Explains failed requests to the model. With these codes, the failure happened before a byte of the request
 * was sent.
 */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Returns what the model sees when there is no response, above all whether the request may have taken effect. */
export function explainFailure(
  { method, url }: { method: string; url: string },
  error: unknown,
  stopped: string | undefined,
  timeout: number,
): string {
  if (error instanceof MidturnError) return error.message;
  const why = stopped === undefined ? everyMessageOf(error) : whyStopped(stopped, timeout);
  const what = `${method} ${url} got no complete response: ${why}.`;
  if (NEVER_SENT.has(codeOf(error))) return what + noteProxies(process.env);
  if (method === 'GET' || method === 'HEAD') return what;
  return `${what} The request may or may not have taken effect. Check before you repeat it.`;
}

/** Says that a proxy of the environment was not used; the tool checks the addresses that it connects to itself. */
function noteProxies(env: Readonly<NodeJS.ProcessEnv>): string {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((each) => env[each]);
  return name === undefined ? '' : ` (${name} is set, but this tool connects directly.)`;
}

function whyStopped(stopped: string, timeout: number): string {
  return stopped === 'timeout' ? `it took longer than ${timeout / 1000} s` : `it was stopped (${stopped})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Returns the message of an error; a failure to connect to several addresses contains one error for each. */
function everyMessageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(everyMessageOf).join('; ');
  return messageOf(error);
}
