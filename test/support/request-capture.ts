import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callModel } from '../../src/models/call.ts';
import type { ModelRequest } from '../../src/models/port/model.ts';
import type { ProviderConfig } from '../../src/models/providers/provider-config.ts';
import { createModels } from '../../src/models/registry.ts';

/** A server that takes what a provider would be sent and refuses it, so that a call costs one request. */
export interface RequestCapture {
  /** The body that this request becomes on the wire, as text. */
  capture(config: Partial<ProviderConfig>, model: string, request: CapturedRequest): Promise<string>;
  close(): Promise<void>;
}

export type CapturedRequest = Pick<ModelRequest, 'instructions' | 'history' | 'tools' | 'readFile'>;

export async function openRequestCapture(): Promise<RequestCapture> {
  let last: string | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    last = Buffer.concat(chunks).toString('utf8');
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"captured","type":"captured"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  return {
    async capture(config, model, request) {
      const full = { type: 'openai' as const, baseUrl, apiKey: 'test-key', concurrency: 1, ...config };
      const models = createModels({ p: full });
      last = undefined;
      const result = await callModel({
        ...request,
        model: models.get(`p/${model}`),
        signal: new AbortController().signal,
        onPart() {},
      });
      if (last === undefined) throw new Error(`nothing was sent: ${JSON.stringify(result)}`);
      return last;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
