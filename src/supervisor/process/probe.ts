import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/**
 * Asks a generation on its private socket whether it is well. Resolves with null, or with what is wrong as a sentence
 * part, at the latest after `limit` milliseconds; never rejects.
 */
export async function probe(socketPath: string, limit: number): Promise<string | null> {
  const signal = AbortSignal.timeout(limit);
  try {
    const sent = request({ socketPath, path: '/healthz', agent: false, signal }).end();
    // What comes after the first error, such as the abort after an answer, concerns nobody.
    sent.on('error', () => {});
    const [response]: IncomingMessage[] = await once(sent, 'response');
    sent.destroy();
    return response?.statusCode === 200 ? null : `it answered /healthz with ${response?.statusCode}`;
  } catch (error) {
    if (signal.aborted) return `it did not answer /healthz within ${limit} ms`;
    return `it did not answer /healthz: ${error instanceof Error ? error.message : error}`;
  }
}
