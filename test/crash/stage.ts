import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { TestContext } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';
import { Daemon, type LogLine } from '../support/daemon.ts';
import { everyEvent } from './patience.ts';

/** Answers a request that the daemon makes; `count` is how often this name was asked for, from 1. */
export type Part = (response: ServerResponse, count: number, request: IncomingMessage) => void;

/**
 * The outside world of a test that decides what happens when the daemon asks for something: a web server for tools
 * and a model provider at once. Names without a part are counted and answered.
 */
export class Stage {
  /** Every name that was asked for, and what was noted, in order. */
  readonly asked: string[] = [];
  readonly #parts = new Map<string, Part>();
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

  play(name: string, part: Part): void {
    this.#parts.set(name, part);
  }

  count(name: string): number {
    return this.asked.filter((each) => each === name).length;
  }

  /** Resolves when `name`, or anything at all, has been asked for `times` times. */
  async reached(times: number, name?: string): Promise<void> {
    while ((name === undefined ? this.asked.length : this.count(name)) < times) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Adds something that did not come as a request. */
  note(name: string): void {
    this.asked.push(name);
    for (const go of this.#waiting.splice(0)) go();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const name = request.url?.slice(1) ?? '';
    this.note(name);
    request.resume();
    const part = this.#parts.get(name);
    if (part) part(response, this.count(name), request);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`counted ${name}`);
  }
}

/** A stage that closes when the test has finished. */
export async function openStage({ onTestFinished }: TestContext): Promise<Stage> {
  const stage = await Stage.open();
  onTestFinished(() => stage.close());
  return stage;
}

/** A daemon that serves, and is gone when the test has finished. */
export async function upWith(
  t: TestContext,
  config: object,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = homeWith(t, config, env);
  await daemon.up();
  return daemon;
}

/** The same before it is started for the first time. */
export function homeWith(
  { onTestFinished }: TestContext,
  config: object,
  env: Record<string, string> = {},
): Daemon {
  const daemon = new Daemon(config, env);
  onTestFinished(() => daemon.dispose());
  return daemon;
}

/** Where a provider of type `openai-compatible` asks for an answer. */
export const COMPLETION = 'v1/chat/completions';

/** A model's whole answer, in the wire format of OpenAI's chat completions. */
export function complete(response: ServerResponse, text: string): void {
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${chunk({ role: 'assistant', content: text }, 'stop')}data: [DONE]\n\n`);
}

/** An agent on the scripted model, beside others if given. */
export function scripted(script: object[], name = 'main') {
  return {
    providers: { scripted: { type: 'scripted', scripts: { [name]: script } } },
    agents: { [name]: { model: `scripted/${name}`, tools: { '*': 'allow' } } },
  };
}

/** A script's tool call to the stage. */
export function fetches(stage: Stage, name: string, method = 'GET') {
  return { name: 'http_fetch', input: { url: `${stage.url}/${name}`, method } };
}

export const reachesStage = { http: { allow: ['127.0.0.1'] } };

/** The first log line with these fields, from line `from` on, now or later. */
export async function logged(daemon: Daemon, fields: Partial<LogLine>, from = 0): Promise<LogLine> {
  const fits = (line: LogLine) =>
    Object.entries(fields).every(([field, value]) => isDeepStrictEqual(line[field], value));
  return daemon.log.slice(from).find(fits) ?? daemon.heard(fits);
}

/** Which sessions the log says were taken up after line `from`; complete once `generation:resumed` was logged. */
export function resumedIn(daemon: Daemon, from = 0): unknown[] {
  const lines = daemon.log.slice(from).filter(({ msg }) => msg === 'session:resumed');
  return lines.map((line) => line['session']).sort();
}

/** The first event of this session that fits, over restarts of the daemon. */
export async function happened(
  { client }: Daemon,
  session: string,
  fits: (event: WireEvent) => boolean,
): Promise<WireEvent> {
  for await (const event of everyEvent(client, session)) if (fits(event)) return event;
  throw new Error('unreachable');
}

/** The event that closes this input. */
export function closed(daemon: Daemon, session: string, input: string): Promise<WireEvent> {
  return happened(
    daemon,
    session,
    (event) =>
      (event.type === 'turn_finished' || event.type === 'input_closed') && event.inputs.includes(input),
  );
}
