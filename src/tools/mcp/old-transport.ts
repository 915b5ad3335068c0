import type { McpHttpConfig } from './wire/config.ts';

/** Milliseconds that the server has to send the first event. */
const DETECTION_TIMEOUT = 5_000;

export const SSE_TRANSPORT_UNSUPPORTED =
  'it speaks only the older HTTP+SSE transport, which is not supported; look for its Streamable HTTP address, often one that ends in /mcp';

/**
 * Tells whether a server that refuses POST offers the older HTTP+SSE transport at the same address. Never rejects.
 */
export async function detectSseTransport({ url, headers }: McpHttpConfig): Promise<boolean> {
  const signal = AbortSignal.timeout(DETECTION_TIMEOUT);
  try {
    const response = await fetch(url, {
      headers: { ...headers, accept: 'text/event-stream' },
      redirect: 'manual',
      signal,
    });
    const reader = response.body?.getReader();
    const isStream = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
    const first = isStream ? await reader?.read() : undefined;
    await reader?.cancel();
    return Buffer.from(first?.value ?? [])
      .toString()
      .includes('event: endpoint');
  } catch {
    return false;
  }
}
