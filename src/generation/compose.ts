import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handover } from '../core/model/events.ts';
import type { Control } from '../http/ports/control.ts';
import type { Journal } from '../journal/journal.ts';
import { type Report, type RunnerEvent, systemClock } from '../runner/port/ports.ts';
import type { SecretPort } from '../runner/port/secrets.ts';
import type { Timekeeper } from '../schedules/timekeeper.ts';
import type { Boot } from '../supervisor/ipc/messages.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { openLogFile } from '../telemetry/log-file.ts';
import { openOutput } from '../telemetry/output.ts';
import { createMcp, type Mcp } from '../tools/mcp/mcp.ts';
import { levelOf } from '../tools/mcp/report.ts';
import type { ToolSet } from '../tools/port/tool.ts';
import { createTools } from '../tools/registry.ts';
import { createShelf, type Shelf } from '../tools/skills/shelf.ts';
import { type Home, homeAt } from '../util/home.ts';
import { createSeal } from '../util/mask.ts';
import { readVersion } from '../util/version.ts';
import { AgentConfig } from './control/agent-config.ts';
import type { ControlPorts } from './control/ports.ts';
import { createControl } from './control.ts';
import { createEngine, type Engine } from './engine.ts';
import { LiveConfig, type Revision } from './live-config.ts';
import { findOutput } from './outputs.ts';
import { callbackUrl } from './process/callback-url.ts';
import { createTimekeeper, reminderBook, schedulesOf } from './timekeeping.ts';

/** Everything that one generation consists of, built once at boot and shared by its classes. */
export interface Parts extends Engine {
  home: Home;
  live: LiveConfig;
  journal: Journal;
  generation: number;
  tools: ToolSet;
  mcp: Mcp;
  control: Control;
  time: Timekeeper;
  log: Logger;
}

/** Callbacks from the parts of a generation to the generation that owns them. They must not throw. */
export interface Surroundings {
  report: Report;
  /** Returns the handover that this generation's start belongs to, for the notes to resumed sessions. */
  handover(): Handover;
  /** Returns the trial state of the configuration in force, as the supervisor sees it. */
  state(): string;
  problem: ControlPorts['problem'];
  ask: ControlPorts['ask'];
  /** Called when an input has arrived for a session that does not run in this generation. */
  elsewhere(session: string): void;
}

/**
 * Checks the configuration, opens the journal and builds all parts of a generation. Rejects with the error that
 * says why that is impossible.
 */
export async function compose(boot: Boot, opening: Promise<Journal>, around: Surroundings): Promise<Parts> {
  const { mode } = boot;
  const home = homeAt(boot.home);
  const shelf = createShelf((about) => log.warn(about, 'skills:broken'));
  const live = new LiveConfig(boot.config, { home, shelf });
  // No tool works in the folder in rescue mode, and a fault of the folder may be the reason for rescue mode.
  if (mode === 'normal') await mkdir(home.work, { recursive: true, mode: 0o700 });
  const journal = await opening;
  const generation = await journal.openGeneration({ version: readVersion(), pid: process.pid });
  const log = liveLog(live, home, generation);
  const mcp = createMcp({
    folder: join(home.state, 'mcp'),
    logins: {
      folder: join(home.state, 'mcp-logins'),
      redirectUrl: () => callbackUrl(boot.listeners),
      hide: (secrets) => live.hide(secrets),
    },
    redact: (text) => live.current.redact(text),
    report: (event, about) => log[levelOf(event)](about, event),
  });
  const ports: ControlPorts = {
    home,
    env: process.env,
    running: () => ({ revision: live.current.number, state: around.state(), checked: live.current.checked }),
    problem: around.problem,
    sessions: { list: (query) => engine.sessions.list(query) },
    now: systemClock.now,
    ask: around.ask,
  };
  const control = createControl(ports);
  const told = (event: string, about: Record<string, unknown>) => log.info(about, event);
  const agentOf = async (session: string) => (await journal.session(session))?.agent;
  const config = new AgentConfig({ ...ports, agentOf, report: told }, control.config);
  const time = liveTime(live, { journal, generation, log, poke: (session) => engine.poke(session) });
  const tools = liveTools(live, { journal, home, shelf, mcp, config, time });
  const engine = createEngine(live, {
    journal,
    generation,
    models: live.models,
    tools,
    settings: () => live.current.settings,
    secrets: liveSecrets(live, journal.store),
    handover: around.handover,
    report(event, about) {
      log[LEVELS[event] ?? 'warn'](about, event);
      around.report(event, about);
    },
    // In rescue mode messages are accepted and wait; the cause of the crashes must not run again by itself.
    runs: mode === 'normal',
    elsewhere: around.elsewhere,
  });
  return { home, live, journal, generation, ...engine, tools, mcp, control, time, log };
}

function liveLog(live: LiveConfig, home: Home, generation: number): Logger {
  const settings = ({ config, redact }: Revision) => ({ ...config.logging, redact });
  const file = openLogFile(STDOUT, home.log);
  const destination = file ? { destination: openOutput(() => file.fd()) } : {};
  const root = createLogger({ ...settings(live.current), ...destination });
  const warn = ({ number, checked }: Revision) => {
    for (const about of checked.warnings) root.warn({ revision: number, ...about }, 'config:warning');
  };
  warn(live.current);
  live.onChange((revision) => {
    root.configure(settings(revision));
    warn(revision);
  });
  return root.child({ generation });
}

/** Keeps the schedules of the timekeeper in step with the configuration in force. */
function liveTime(live: LiveConfig, around: Parameters<typeof createTimekeeper>[0]): Timekeeper {
  const time = createTimekeeper(around, live.current.config);
  live.onChange(({ config }) => time.apply(schedulesOf(config)));
  return time;
}

/** Returns a port that hides and seals the secrets of the configuration that is in force at each call. */
function liveSecrets(live: LiveConfig, key: string): () => SecretPort {
  const make = ({ hidden, redact }: Revision): SecretPort => ({ hide: redact, ...createSeal(hidden, key) });
  let secrets = make(live.current);
  live.onChange((revision) => {
    secrets = make(revision);
  });
  return () => secrets;
}

interface ToolParts {
  journal: Journal;
  home: Home;
  shelf: Shelf;
  mcp: Mcp;
  config: AgentConfig;
  time: Timekeeper;
}

/** Returns a tool set that looks tools up in the configuration that is in force at each call. */
function liveTools(live: LiveConfig, of: ToolParts): ToolSet {
  const { journal, home, shelf, mcp } = of;
  const make = ({ config }: Revision) =>
    createTools(config.tools, {
      config: of.config,
      jobsDir: home.jobs,
      home,
      readBlob: (id, offset, length) => journal.readBlob(id, offset, length),
      findOutput: (session, call) => findOutput(journal, session, call),
      more: mcp,
      reminders: reminderBook(of.time),
      shelf,
      skillsOf: async (session) => config.agents[(await journal.session(session))?.agent ?? '']?.skills,
      agents: Object.keys(config.agents),
    });
  let tools = make(live.current);
  live.onChange((revision) => {
    tools = make(revision);
  });
  return { get: (name) => tools.get(name), list: () => tools.list() };
}

const STDOUT = 1;

/** Log levels of those runner events that are not warnings; every other event is logged as a warning. */
const LEVELS: Partial<Record<RunnerEvent, 'debug' | 'info'>> = {
  'turn:finished': 'info',
  'tool:finished': 'info',
  'tool:refused': 'info',
  'approval:requested': 'info',
  'approval:resolved': 'info',
  'session:resumed': 'debug',
  'session:taken_over': 'debug',
};
