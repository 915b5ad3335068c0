import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { RESULTS_READ } from '../../src/models/prompt/roles.ts';

/** What the model does in one call: says something, calls tools. */
export interface Turn {
  text?: string;
  tools?: { name: string; input: object }[];
  /** Milliseconds for each word. */
  pace?: number;
  /** The model falls silent after `text` until this resolves, and then sends `after`. */
  hold?: Promise<unknown>;
  after?: string;
  /** The model refuses for now, with this number of milliseconds in `retry-after-ms`. */
  patience?: number;
}

interface Request {
  messages: { role: string; content?: unknown }[];
}

/**
 * A model provider outside the daemon that speaks OpenAI's chat protocol, plays a script by the number of answers that
 * the history has, and counts how often each call of the script was made. `tool/<name>` is a web server for tools:
 * it counts, and answers when the test lets it.
 */
export class ModelServer {
  /** How often each call of the script was made, by its number from 1. */
  readonly calls = new Map<number, number>();
  readonly tools = new Map<string, number>();
  /** Notes that the models were told, each once per model call. */
  readonly told: { call: number; note: string }[] = [];
  /** Model calls that run now, the most that ever ran at once, and how many were given up by the caller. */
  running = 0;
  most = 0;
  givenUp = 0;
  readonly #server: Server;
  readonly #script: (messages: Request['messages']) => Turn;
  readonly #gates = new Map<string, Promise<unknown>>();
  #waiting: (() => void)[] = [];

  private constructor(server: Server, script: (messages: Request['messages']) => Turn) {
    this.#server = server;
    this.#script = script;
  }

  static async open(
    script: (messages: Request['messages'], server: ModelServer) => Turn,
  ): Promise<ModelServer> {
    const server = createServer();
    const model: ModelServer = new ModelServer(server, (messages) => script(messages, model));
    server.on('request', (request, response) => void model.#answerRequest(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Configuration of a daemon whose agent `main` thinks with this server. */
  get config() {
    return {
      providers: { far: { type: 'openai-compatible', baseUrl: `${this.url}/v1` } },
      agents: { main: { model: 'far/model', tools: { '*': 'allow' } } },
      tools: { http: { allow: ['127.0.0.1'] } },
    };
  }

  fetchCall(name: string, method = 'GET') {
    return { name: 'http_fetch', input: { url: `${this.url}/tool/${name}`, method } };
  }

  /** Requests for this tool are answered when `gate` has resolved. */
  holdTool(name: string, gate: Promise<unknown>): void {
    this.#gates.set(name, gate);
  }

  /** Resolves when the condition holds; looked at whenever a request comes or a model call is over. */
  async waitUntil(condition: (server: ModelServer) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tool = /^\/tool\/([\w-]+)/.exec(request.url ?? '')?.[1];
    if (tool !== undefined) {
      this.tools.set(tool, (this.tools.get(tool) ?? 0) + 1);
      this.#wakeWaiters();
      await this.#gates.get(tool);
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`counted ${tool}`);
      return;
    }
    this.#countRunning(response);
    const { messages: sent } = (await json(request)) as Request;
    const messages = sent.filter((message) => !isSeparator(message)).flatMap(splitNotes);
    const call = messages.filter(({ role }) => role === 'assistant').length + 1;
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const last = textOf(messages.at(-1)?.content);
    if (last.startsWith('[system]')) this.told.push({ call, note: last });
    this.#wakeWaiters();
    await streamTurn(this.#script(messages), response);
  }

  #countRunning(response: ServerResponse): void {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    response.once('close', () => {
      this.running -= 1;
      if (!response.writableFinished) this.givenUp += 1;
      this.#wakeWaiters();
    });
  }

  #wakeWaiters(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** The whole answer, in the wire format of OpenAI's chat completions. */
export async function streamTurn(turn: Turn, response: ServerResponse): Promise<void> {
  const { text = '', tools = [], pace = 0, hold, after = '', patience } = turn;
  if (patience !== undefined) {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': String(patience) });
    response.end('{"error": {"message": "come back later"}}');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta: object, finish: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'model', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    );
  const say = async (words: string) => {
    for (const word of words.split(/(?<= )/).filter(Boolean)) {
      if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace));
      chunk({ role: 'assistant', content: word });
    }
  };
  await say(text);
  await hold;
  await say(after);
  for (const [index, { name, input }] of tools.entries()) {
    const call = { name, arguments: JSON.stringify(input) };
    chunk({ tool_calls: [{ index, id: `call-${index}`, type: 'function', function: call }] });
  }
  chunk({}, tools.length > 0 ? 'tool_calls' : 'stop');
  response.end('data: [DONE]\n\n');
}

/** Whether no model wrote this message: a prompt has it between results and a user message, to separate them. */
export function isSeparator({ role, content }: { role: string; content?: unknown }): boolean {
  return role === 'assistant' && textOf(content) === RESULTS_READ;
}

/** A prompt joins neighbours of one role; a script sees a note of the daemon apart from what it follows. */
function splitNotes(message: Request['messages'][number]): Request['messages'] {
  if (message.role !== 'user') return [message];
  const texts = textOf(message.content).split(/\n\n(?=\[system\] )/);
  return texts.map((content) => ({ role: message.role, content }));
}

/** The words of a message's content, in either shape of the protocol. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
