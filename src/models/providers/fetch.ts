import type { Response as Received } from 'undici';
import { findDispatcher } from '../../util/proxy/dispatcher.ts';
import { describeProxy, readProxies } from '../../util/proxy/proxies.ts';
import {
  createBrokenError,
  createUnreachableError,
  type ProviderError,
  ProviderFault,
} from '../failure/provider-fault.ts';
import { readResponse, type StreamReader } from './read-answer.ts';
import { retryWithoutOptions } from './stream-options.ts';

/**
 * Returns the `fetch` for a provider package. It is the only place that handles time limits, proxies, responses
 * that are not answers, and network errors. Only `limits.modelSilence` limits silence, so undici's own limits of
 * 300 s for headers and body are disabled. The returned function rejects with ProviderFault, or with the signal's
 * reason. Rejects with ProxyVariableError.
 */
export async function createProviderFetch(read: StreamReader): Promise<typeof fetch> {
  const proxies = readProxies(process.env);
  const [{ fetch: send }, dispatcher] = await Promise.all([import('undici'), findDispatcher(proxies)]);
  const post = async (url: string, { method, headers, body, signal }: RequestInit): Promise<Response> => {
    const init = {
      method: method ?? 'POST',
      headers: [...new Headers(headers)],
      body: asText(body),
      dispatcher,
    };
    const fail = (fault: (error: unknown) => ProviderError) => (error: unknown) => {
      if (signal?.aborted || error instanceof ProviderFault) throw error;
      throw new ProviderFault(fault(error));
    };
    const unreachable = fail((error) => createUnreachableError(error, describeProxy(proxies, url)));
    const received = await send(url, { ...init, signal: signal ?? null }).catch(unreachable);
    if (!received.ok) return readRefusal(received);
    return await readResponse(received, read).catch(fail(createBrokenError));
  };
  const patient = retryWithoutOptions(post);
  return (input, init = {}) => patient(input instanceof Request ? input.url : String(input), init);
}

async function readRefusal(received: Received): Promise<Response> {
  const { status, statusText } = received;
  // The status is sufficient when the body breaks off.
  const text = await received.text().catch(() => '');
  return new Response(text, { status, statusText, headers: [...received.headers] });
}

function asText(body: RequestInit['body']): string | null {
  return typeof body === 'string' ? body : null;
}
