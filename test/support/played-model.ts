import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { TestContext } from 'vitest';
import { streamTurn, type Turn, textOf } from './model-server.ts';

/** One call of the model that waits for the test to answer it. */
export interface PlayedCall {
  model: string;
  authorization: string | undefined;
  /** What the agent is told about itself. */
  instructions: string;
  /** Names of the tools that the model is offered. */
  tools: string[];
  /** The newest message: what a person said, or a tool put out. */
  last: string;
  answer(turn: Turn): Promise<void>;
  /** An error of the provider. */
  refuse(status: number, message: string): void;
}

interface Body {
  model: string;
  messages: { role: string; content?: unknown }[];
  tools?: { function: { name: string } }[];
}

/** A model provider outside the daemon that speaks OpenAI's chat protocol and whose part is played by the test. */
export class PlayedModel {
  readonly #server: Server;
  readonly #calls: PlayedCall[] = [];
  readonly #news = new EventEmitter();

  static async open({ onTestFinished }: TestContext): Promise<PlayedModel> {
    const server = createServer();
    const model = new PlayedModel(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return model;
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#queueCall(request, response));
  }

  /** A provider for the configuration. */
  get provider() {
    const { port } = this.#server.address() as AddressInfo;
    return { type: 'openai-compatible', baseUrl: `http://127.0.0.1:${port}/v1` };
  }

  /** The next call, when it comes. */
  async nextCall(): Promise<PlayedCall> {
    for (;;) {
      const call = this.#calls.shift();
      if (call) return call;
      await once(this.#news, 'call');
    }
  }

  async #queueCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { model, messages, tools = [] } = (await json(request)) as Body;
    const system = messages.filter(({ role }) => role === 'system');
    this.#calls.push({
      model,
      authorization: request.headers.authorization,
      instructions: system.map(({ content }) => textOf(content)).join('\n'),
      tools: tools.map((tool) => tool.function.name),
      last: textOf(messages.at(-1)?.content),
      answer: (turn) => streamTurn(turn, response),
      refuse: (status, message) => {
        const body = JSON.stringify({ error: { message, type: 'refused', code: null, param: null } });
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      },
    });
    this.#news.emit('call');
  }
}
