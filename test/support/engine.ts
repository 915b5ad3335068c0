import { randomUUID } from 'node:crypto';
import { EmbeddedEngine } from '../../src/engine/embedded/embedded.ts';
import { LiveStream } from '../../src/engine/port/live-stream.ts';
import { type Clock, type RunnerPorts, systemClock } from '../../src/engine/port/ports.ts';
import { NO_SECRETS } from '../../src/engine/port/secrets.ts';
import type { AgentSettings, Settings } from '../../src/engine/port/settings.ts';
import { Runner } from '../../src/engine/runner/runner.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Script } from '../../src/models/providers/script.ts';
import { createModels } from '../../src/models/registry.ts';
import type { AgentPermissions } from '../../src/permissions/decision.ts';
import { createEmbeddedSessions } from '../../src/sessions/embedded.ts';
import type { InputOutcome, NewMessage, Sessions } from '../../src/sessions/sessions.ts';
import { emitAppend } from '../../src/telemetry/projection/journal-events.ts';
import type { Tool } from '../../src/tools/port/tool.ts';

/** A runner with its sessions in this process, for tests: scripted models, tools of the test, a journal to choose. */
export interface Engine {
  journal: Journal;
  engine: EmbeddedEngine;
  runner: Runner;
  sessions: Sessions;
  reports: { event: string; about: Record<string, unknown> }[];
  /** Resumes the unfinished sessions that no generation owns; resolves when they are loaded. */
  resumeSessions(): Promise<void>;
  /** Sends a message and waits for its outcome. */
  ask(session: string, message: string | NewMessage): Promise<InputOutcome>;
}

/** Settings of an agent, with its permissions beside them. */
export type TestAgent = Partial<AgentSettings & AgentPermissions>;

export interface EngineOptions {
  journal?: Journal;
  script?: Script;
  /** Scripts of further agents, by their names. */
  others?: Record<string, Script>;
  /** What those agents have of their own. */
  otherAgents?: Record<string, TestAgent>;
  tools?: Tool[];
  agent?: TestAgent;
  settings?: Partial<Settings>;
  concurrency?: number;
  clock?: Clock;
  ports?: Partial<RunnerPorts>;
}

export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const { journal = createMemoryJournal(), script = [{ text: 'You said: {input}' }], tools = [] } = options;
  const generation = await journal.openGeneration({ version: 'test', pid: process.pid });
  const reports: Engine['reports'] = [];
  const liveStream = new LiveStream();
  const clock = options.clock ?? systemClock;
  const report = (event: string, about: object) => reports.push({ event, about: { ...about } });
  const engine = new EmbeddedEngine({
    ...{ journal, generation, clock, report },
    offerElsewhere: () => {},
    onSuperseded: () => {},
  });
  const runner = new Runner({
    engine,
    liveStream,
    places: [],
    models: createModels({
      scripted: {
        type: 'scripted',
        concurrency: options.concurrency ?? 100,
        scripts: { ...options.others, test: script },
      },
    }),
    priceCall: async () => null,
    tools: { get: (name) => tools.find((tool) => tool.name === name), list: () => tools },
    settings: () => settingsFor(options),
    secrets: () => NO_SECRETS,
    clock,
    describeHandover: () => ({ cause: 'restart', reason: 'the test', keys: [], tell: true }),
    report,
    observe: (append) => emitAppend(append, runner.ports.report),
    ...options.ports,
  });
  engine.serve(runner);
  const sessions = createEmbeddedSessions({
    journal,
    liveStream,
    now: () => clock.now(),
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    notifySession: (session) => engine.wakeSession(session),
    agents: () => ({
      names: ['main'],
      default: 'main',
      messageLimit: 1_000,
      attachmentLimit: 1_000_000,
      approvers: () => undefined,
      hasOwnRules: () => false,
    }),
  });
  const ask = async (session: string, message: string | NewMessage) => {
    const { input, seq } = await sessions.sendMessage(
      session,
      typeof message === 'string' ? { id: randomUUID(), text: message } : message,
    );
    const outcome = await sessions.waitForOutcome(session, input, seq, new AbortController().signal);
    if (!outcome) throw new Error('the wait was given up');
    return outcome;
  };
  const resumeSessions = async () => {
    await engine.offerUnfinished();
    await runner.waitUntil(() => !runner.isResuming);
  };
  return { journal, engine, runner, sessions, reports, ask, resumeSessions };
}

/** Resolves with the id of the question that a session waits for, once there is one. */
export async function pendingQuestion({ journal }: Engine, session: string, after?: string): Promise<string> {
  for (;;) {
    const [asked] = await journal.listApprovals({ session, state: 'pending', limit: 1 });
    if (asked && asked.approval !== after) return asked.approval;
    await new Promise(setImmediate);
  }
}

function settingsFor({ agent, settings, others = {}, otherAgents = {} }: EngineOptions): Settings {
  const permissionsOf = (own: TestAgent = {}): AgentPermissions => ({
    mayUse: () => true,
    delegatedRules: 'both',
    mayAsk: own.decideOnCall !== undefined,
    decideOnCall: () => ({ verdict: 'allow' }),
    ...own,
  });
  const main: AgentSettings = {
    model: 'scripted/test',
    instructions: async () => 'Be brief.',
    limits: { modelAttempts: 3, crashAttempts: 3, parallelTools: 8, delegateDepth: 3, children: 8 },
    patience: 3_600_000,
    toolOutput: 2_000,
    compaction: { window: 1_000_000, limit: 800_000, keepTurns: 4, model: 'scripted/test' },
    permissions: permissionsOf(agent),
    ...agent,
  };
  return {
    revision: 1,
    agent(name) {
      if (name === 'main') return main;
      if (!others[name]) return undefined;
      const permissions = permissionsOf({ ...agent, ...otherAgents[name] });
      return { ...main, model: `scripted/${name}`, ...otherAgents[name], permissions };
    },
    turns: 100,
    modelSilence: 60_000,
    toolTimeout: 60_000,
    largestFile: 1_000_000,
    passivateAfter: 60_000,
    resumeConcurrency: 4,
    ...settings,
  };
}

/** A tool of a test: `run` gets the arguments and the context, and its text is the result. */
export function testTool(
  name: string,
  run: (input: Record<string, unknown>, context: Parameters<Tool['run']>[1]) => Promise<string> | string,
  as: Partial<Tool> = {},
): Tool {
  return {
    name,
    description: `The test's ${name}.`,
    inputSchema: { type: 'object' },
    effect: () => 'write',
    async run(input, context) {
      return { type: 'text', value: await run(input as Record<string, unknown>, context) };
    },
    ...as,
  };
}

/** A call in a step of a script. */
export const toolCallPart = (name: string, input = {}) => ({ name, input });
