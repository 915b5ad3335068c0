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

/** What one generation is made of. */
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

/** What the parts need to tell the generation around them; must not throw. */
export interface Surroundings {
  report: Report;
  /** Why this generation goes on with what others began. */
  handover(): Handover;
  /** How the configuration in force is doing, and why the file's content is not in force, as the supervisor sees it. */
  state(): string;
  problem: ControlPorts['problem'];
  ask: ControlPorts['ask'];
  /** There is an input for a session that does not run here. */
  elsewhere(session: string): void;
}

/** Checks the configuration and puts the parts together. Rejects with the error that says why it cannot. */
export async function compose(boot: Boot, opening: Promise<Journal>, around: Surroundings): Promise<Parts> {
  const { mode } = boot;
  const home = homeAt(boot.home);
  const shelf = createShelf((about) => log.warn(about, 'skills:broken'));
  const live = new LiveConfig(boot.config, { home, shelf });
  // Nothing works there in rescue mode, and what is wrong with it may be why we are in it.
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
    // In rescue mode messages are taken and wait; what killed the daemon must not run again by itself.
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

/** Keeps the schedules of whichever configuration is in force. */
function liveTime(live: LiveConfig, around: Parameters<typeof createTimekeeper>[0]): Timekeeper {
  const time = createTimekeeper(around, live.current.config);
  live.onChange(({ config }) => time.apply(schedulesOf(config)));
  return time;
}

/** Hides and seals the secrets of whichever configuration is in force. */
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

/** The tools of whichever configuration is in force when one is asked for. */
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

/** Levels of the runner's events that are no warnings. */
const LEVELS: Partial<Record<RunnerEvent, 'debug' | 'info'>> = {
  'turn:finished': 'info',
  'tool:finished': 'info',
  'tool:refused': 'info',
  'approval:requested': 'info',
  'approval:resolved': 'info',
  'session:resumed': 'debug',
  'session:taken_over': 'debug',
};
