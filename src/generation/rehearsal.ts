import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { NO_SECRETS } from '../engine/port/secrets.ts';
import { createApi } from '../http/app.ts';
import type { ApiDeps } from '../http/ports/deps.ts';
import { type ApiServer, createServer } from '../http/server.ts';
import { createMemoryJournal } from '../journal/memory/memory.ts';
import { createScriptedModel } from '../models/scripted/scripted.ts';
import { readVersion } from '../util/version.ts';
import type { GenerationDeps } from './compose.ts';
import { createRunningSessions, type RunningSessions } from './running-sessions.ts';

/** The real parts that a rehearsal uses; everything else is a stand-in. */
type RehearsalDeps = Pick<GenerationDeps, 'live' | 'tools'>;

/** Number of turns that are rehearsed; more turns brought no measurable gain. */
const TURNS = 5;

/**
 * Rehearses before this generation takes over from another: it answers messages of its own over HTTP, in whole
 * turns, with the code, configuration and tools that clients will use, but with a journal in memory and a scripted
 * model. This proves that the generation works. It also warms up the code, which takes many times as long when it
 * runs for the first time; without it the first messages after a handover would queue up. Rejects when a message
 * is refused.
 */
export async function runRehearsal(parts: RehearsalDeps, deps: Omit<ApiDeps, 'sessions'>): Promise<void> {
  const { node, sessions } = await createRehearsedSessions(parts);
  const config = () => ({ ...deps.config(), tokens: [], people: {}, clients: {} });
  const server = createServer(createApi({ ...deps, config, sessions }));
  for (let turn = 1; turn <= TURNS; turn += 1) await sendRehearsalMessage(server, `rehearsal-${turn}`);
  node.close();
}

async function createRehearsedSessions({ live, tools }: RehearsalDeps): Promise<RunningSessions> {
  const journal = createMemoryJournal();
  const model = createScriptedModel('rehearsal', 'echo');
  const running = createRunningSessions(live, {
    journal,
    generation: await journal.openGeneration({ version: readVersion(), pid: process.pid }),
    models: { get: () => model, concurrency: () => TURNS },
    priceCall: async () => null,
    tools,
    settings: () => live.current.settings,
    secrets: () => NO_SECRETS,
    describeHandover: () => ({ cause: 'start', reason: '', keys: [], tell: false }),
    report: () => {},
    observe: () => {},
    offerElsewhere: () => {},
    onSuperseded: () => {},
  });
  running.node.serve();
  return running;
}

/**
 * Sends one message to a new session, over a connection within this process. Rejects when it is not answered with
 * 200.
 */
async function sendRehearsalMessage(server: ApiServer, session: string): Promise<void> {
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
