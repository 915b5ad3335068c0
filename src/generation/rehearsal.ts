import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createApi } from '../http/app.ts';
import type { ApiDeps } from '../http/ports/deps.ts';
import { type ApiServer, createServer } from '../http/server.ts';
import { memoryJournal } from '../journal/memory/memory.ts';
import { scriptedModel } from '../models/scripted/scripted.ts';
import { NO_SECRETS } from '../runner/port/secrets.ts';
import { readVersion } from '../util/version.ts';
import type { Parts } from './compose.ts';
import { createEngine, type Engine } from './engine.ts';

/** What is not put on for the rehearsal. */
type RehearsedParts = Pick<Parts, 'live' | 'tools'>;

/** Whole turns that are played; more brought nothing that could be measured. */
const TURNS = 5;

/**
 * Before it takes over from another, a generation answers messages of its own: over HTTP, in whole turns, with the
 * code, the configuration and the tools that people's messages will meet, but on a journal in memory and with a
 * scripted model. That shows that it can. And code that runs for the first time takes many times as long as later:
 * without this the first messages after a handover wait for each other. Rejects when a message is refused.
 */
export async function rehearse(parts: RehearsedParts, deps: Omit<ApiDeps, 'sessions'>): Promise<void> {
  const engine = await rehearsalEngine(parts);
  const config = () => ({ ...deps.config(), tokens: [], people: {} });
  const server = createServer(createApi({ ...deps, config, sessions: engine.sessions }));
  for (let turn = 1; turn <= TURNS; turn += 1) await send(server, `rehearsal-${turn}`);
  engine.runner.close();
}

async function rehearsalEngine({ live, tools }: RehearsedParts): Promise<Engine> {
  const journal = memoryJournal();
  const model = scriptedModel('rehearsal', 'echo');
  return createEngine(live, {
    journal,
    generation: await journal.openGeneration({ version: readVersion(), pid: process.pid }),
    models: { get: () => model, concurrency: () => TURNS },
    tools,
    settings: () => live.current.settings,
    secrets: () => NO_SECRETS,
    handover: () => ({ cause: 'start', reason: '', keys: [], tell: false }),
    report: () => {},
    runs: true,
    elsewhere: () => {},
  });
}

/** Sends one message to a new session, over a connection within this process. */
async function send(server: ApiServer, session: string): Promise<void> {
  const [ours, theirs] = duplexPair();
  server.emit('connection', theirs);
  const sent = request({
    createConnection: () => ours,
    method: 'POST',
    path: `/v1/sessions/${session}/messages`,
    headers: { 'content-type': 'application/json', prefer: 'wait=10' },
  });
  sent.end(JSON.stringify({ text: '?' }));
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('unreachable');
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`The rehearsal was refused: ${answer}`);
}
