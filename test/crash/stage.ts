import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { TestContext } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';
import { Daemon, type LogLine } from '../support/daemon.ts';
import { followAcrossRestarts } from './patience.ts';

/** Answers a request of the daemon; `count` is the number of requests for this name so far, from 1. */
export type RequestHandler = (response: ServerResponse, count: number, request: IncomingMessage) => void;

/**
 * A fake outside world whose test decides what happens on each request: a web server for tools and a model provider in
 * one. Requests for names without a part are counted and answered with 200.
 */
export class Stage {
  /** Every requested name and every note, in order. */
  readonly asked: string[] = [];
  readonly #parts = new Map<string, RequestHandler>();
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Stage> {
    const server = createServer();
    const stage = new Stage(server);
    server.on('request', (request, response) => stage.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  setPart(name: string, part: RequestHandler): void {
    this.#parts.set(name, part);
  }

  countRequests(name: string): number {
    return this.asked.filter((each) => each === name).length;
  }

  /** Resolves when there were `times` requests for `name`, or for any name when it is absent. */
  async waitForRequests(times: number, name?: string): Promise<void> {
    while ((name === undefined ? this.asked.length : this.countRequests(name)) < times) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Adds an entry that did not come as a request. */
  noteEvent(name: string): void {
    this.asked.push(name);
    for (const go of this.#waiting.splice(0)) go();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const name = request.url?.slice(1) ?? '';
    this.noteEvent(name);
    request.resume();
    const part = this.#parts.get(name);
    if (part) part(response, this.countRequests(name), request);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`counted ${name}`);
  }
}

/** Opens a stage that closes when the test has finished. */
export async function openStage({ onTestFinished }: TestContext): Promise<Stage> {
  const stage = await Stage.open();
  onTestFinished(() => stage.close());
  return stage;
}

/** Starts a daemon and waits until it serves; it is disposed of when the test has finished. */
export async function startTestDaemon(
  t: TestContext,
  config: object,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = createTestDaemon(t, config, env);
  await daemon.startUp();
  return daemon;
}

/** Creates a daemon that is not started yet; it is disposed of when the test has finished. */
export function createTestDaemon(
  { onTestFinished }: TestContext,
  config: object,
  env: Record<string, string> = {},
): Daemon {
  const daemon = new Daemon(config, env);
  onTestFinished(() => daemon.dispose());
  return daemon;
}

/** The path that a provider of type `openai-compatible` requests for an answer. */
export const COMPLETION = 'v1/chat/completions';

/** Sends a complete answer of a model, in the wire format of OpenAI's chat completions. */
export function sendCompletion(response: ServerResponse, text: string): void {
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${chunk({ role: 'assistant', content: text }, 'stop')}data: [DONE]\n\n`);
}

/** Returns the configuration of an agent on the scripted model that may use every tool. */
export function createScriptedAgent(script: object[], name = 'main') {
  return {
    providers: { scripted: { type: 'scripted', scripts: { [name]: script } } },
    agents: { [name]: { model: `scripted/${name}`, tools: { '*': 'allow' } } },
  };
}

/** Returns a script's tool call that requests `name` from the stage. */
export function createFetchCall(stage: Stage, name: string, method = 'GET') {
  return { name: 'http_fetch', input: { url: `${stage.url}/${name}`, method } };
}

export const reachesStage = { http: { allow: ['127.0.0.1'] } };

/** Resolves with the first log line, from line `from` on, that has these fields; waits for it if necessary. */
export async function waitForLogLine(daemon: Daemon, fields: Partial<LogLine>, from = 0): Promise<LogLine> {
  const fits = (line: LogLine) =>
    Object.entries(fields).every(([field, value]) => isDeepStrictEqual(line[field], value));
  return daemon.log.slice(from).find(fits) ?? daemon.waitForLog(fits);
}

/** Returns the sessions that were resumed after log line `from`; complete once `generation:resumed` was logged. */
export function listResumedSessions(daemon: Daemon, from = 0): unknown[] {
  const lines = daemon.log.slice(from).filter(({ msg }) => msg === 'session:resumed');
  return lines.map((line) => line['session']).sort();
}

/** Resolves with the first event of the session that fits, across restarts of the daemon. */
export async function waitForEvent(
  { client }: Daemon,
  session: string,
  fits: (event: WireEvent) => boolean,
): Promise<WireEvent> {
  for await (const event of followAcrossRestarts(client, session)) if (fits(event)) return event;
  throw new Error('unreachable');
}

/** Resolves with the event that closes this input, across restarts of the daemon. */
export function waitForClosedInput(daemon: Daemon, session: string, input: string): Promise<WireEvent> {
  return waitForEvent(
    daemon,
    session,
    (event) =>
      (event.type === 'turn_finished' || event.type === 'input_closed') && event.inputs.includes(input),
  );
}
