import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSeparator, textOf } from './model-server.ts';

/** A message of a recording, in the OpenAI chat format. */
export interface RecordedMessage {
  role: 'user' | 'assistant' | 'tool';
  content: string | null;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

/**
 * Plays the world of one recorded conversation: a model provider that answers each call with the recorded turn
 * that follows the same history, and a tool server that returns the recorded results. Every recorded tool call
 * becomes a PUT to the tool server, told apart by its place in the conversation, not by its arguments. The server
 * honours idempotency keys, so what it counts are effects.
 */
export class RecordedWorld {
  readonly #messages: readonly RecordedMessage[];
  readonly #server: Server;
  /** Idempotency keys by the position of the recorded call. */
  readonly effects = new Map<number, Set<string>>();
  /** What a test wants to know of each request; called before it is answered. */
  onRequest: (kind: 'model' | 'tool') => void = () => {};
  /** Histories that are not a beginning of the recording. */
  readonly strays: string[] = [];

  private constructor(messages: readonly RecordedMessage[], server: Server) {
    this.#messages = messages;
    this.#server = server;
  }

  static async start(messages: readonly RecordedMessage[]): Promise<RecordedWorld> {
    const server = createServer();
    const world = new RecordedWorld(messages, server);
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const tool = /^\/tool\/(\d+)$/.exec(request.url ?? '')?.[1];
      world.onRequest(tool === undefined ? 'model' : 'tool');
      if (tool !== undefined)
        world.#runTool(Number(tool), String(request.headers['idempotency-key']), response);
      else world.#answerRequest(JSON.parse(Buffer.concat(chunks).toString()), response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #runTool(position: number, key: string, response: ServerResponse): void {
    this.effects.set(position, (this.effects.get(position) ?? new Set()).add(key));
    response
      .writeHead(200, { 'content-type': 'text/plain' })
      .end(this.#messages[position + 1]?.content ?? '');
  }

  /** The recorded message after the history of the request. */
  #answerRequest(
    { messages }: { messages: { role: string; content: unknown }[] },
    response: ServerResponse,
  ): void {
    // Instructions, what the daemon tells of restarts and what separates that from results are not recorded.
    const history = messages.filter((message) => !isUnrecorded(message));
    const stray = history.findIndex(({ role }, index) => role !== this.#messages[index]?.role);
    if (stray !== -1) this.strays.push(`message ${stray} of ${history.length} is of ${history[stray]?.role}`);
    const position = history.length;
    const next = this.#messages[position];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish: string | null) =>
      response.write(
        `data: ${JSON.stringify({ id: 'r', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      );
    if (next?.role === 'assistant' && next.content) chunk({ role: 'assistant', content: next.content }, null);
    const calls = next?.role === 'assistant' ? (next.tool_calls ?? []) : [];
    for (const [index, call] of calls.entries()) {
      const input = { url: `${this.url}/tool/${position}`, method: 'PUT', body: call.function.arguments };
      const fetch = { name: 'http_fetch', arguments: JSON.stringify(input) };
      chunk({ tool_calls: [{ index, id: call.id, type: 'function', function: fetch }] }, null);
    }
    chunk({}, calls.length > 0 ? 'tool_calls' : 'stop');
    response.end('data: [DONE]\n\n');
  }
}

function isUnrecorded(message: { role: string; content: unknown }): boolean {
  const isNote = textOf(message.content).startsWith('[system] The daemon restarted');
  return message.role === 'system' || isNote || isSeparator(message);
}
