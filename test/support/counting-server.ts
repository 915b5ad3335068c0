import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRecall } from './recall-server.ts';

/**
 * Outside world of a crash test: counts the requests that reach it, and plays a model provider that fails at
 * first.
 */
export class CountingServer {
  readonly counts = new Map<string, number>();
  readonly keys = new Map<string, Set<string>>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<CountingServer> {
    const server = createServer();
    const world = new CountingServer(server);
    server.on('request', (request, response) => world.#answerRequest(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  countOf(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  resetCounts(): void {
    this.counts.clear();
    this.keys.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answerRequest(request: IncomingMessage, response: ServerResponse): void {
    const name = request.url?.slice(1) ?? '';
    const count = this.countOf(name) + 1;
    this.counts.set(name, count);
    const key = request.headers['idempotency-key'];
    if (typeof key === 'string') this.keys.set(name, (this.keys.get(name) ?? new Set()).add(key));
    if (name === 'recall/chat/completions') return void answerRecall(request, response);
    request.resume();
    if (name === 'v1/chat/completions') answerCompletion(count, response);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`counted ${name}`);
  }
}

/** Fails three times, then answers in the wire format of OpenAI's chat completions. */
function answerCompletion(count: number, response: ServerResponse): void {
  if (count <= 3) {
    response.writeHead(count === 1 ? 503 : 429, {
      'content-type': 'application/json',
      'retry-after-ms': '60',
    });
    response.end(JSON.stringify({ error: { message: 'come back later' } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.end(
    `${chunk({ role: 'assistant', content: 'after ' }, null)}${chunk({ content: 'patience' }, 'stop')}data: [DONE]\n\n`,
  );
}
