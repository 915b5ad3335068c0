import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/**
 * Checks the health of a generation over its private socket. Resolves with null when it is healthy, or with the
 * fault as a sentence part, at the latest after `limit` milliseconds. Never rejects.
 */
export async function probeHealth(socketPath: string, limit: number): Promise<string | null> {
  const signal = AbortSignal.timeout(limit);
  try {
    const sent = request({ socketPath, path: '/healthz', agent: false, signal }).end();
    // Errors after the first one, such as the abort after an answer, have no consequence.
    sent.on('error', () => {});
    const [response]: IncomingMessage[] = await once(sent, 'response');
    sent.destroy();
    return response?.statusCode === 200 ? null : `it answered /healthz with ${response?.statusCode}`;
  } catch (error) {
    if (signal.aborted) return `it did not answer /healthz within ${limit} ms`;
    return `it did not answer /healthz: ${error instanceof Error ? error.message : error}`;
  }
}
