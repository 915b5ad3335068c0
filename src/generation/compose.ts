import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionHandover } from '../core/model/events.ts';
import { systemClock } from '../engine/port/ports.ts';
import type { SecretPort } from '../engine/port/secrets.ts';
import type { Control } from '../http/ports/control.ts';
import type { Journal } from '../journal/journal.ts';
import type { Timekeeper } from '../schedules/timekeeper.ts';
import { findOutput } from '../sessions/outputs.ts';
import type { BootMessage } from '../supervisor/ipc/messages.ts';
import { type EventListener, RuntimeEventBus } from '../telemetry/event-bus.ts';
import type { EmitEvent } from '../telemetry/events/catalogue.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { openLogFile } from '../telemetry/log-file.ts';
import { openOutput } from '../telemetry/output.ts';
import { emitAppend } from '../telemetry/projection/journal-events.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { TOOL_MODULES } from '../tools/builtin.ts';
import { createMcp, type Mcp } from '../tools/mcp/mcp.ts';
import type { ToolSet } from '../tools/port/tool.ts';
import { createTools, type LoadedModule, loadToolModules, type ToolServices } from '../tools/registry.ts';
import { createSkillCatalog, type SkillCatalog } from '../tools/skills/shelf.ts';
import { type Home, resolveHome } from '../util/home.ts';
import { createSeal } from '../util/mask.ts';
import { readVersion } from '../util/version.ts';
import { AgentConfigControl } from './control/agent-config.ts';
import type { ControlPorts } from './control/ports.ts';
import { createControl } from './control.ts';
import { LiveConfig, type LiveRevision } from './live-config.ts';
import { createLiveTelemetry } from './live-telemetry.ts';
import { callbackUrl } from './process/callback-url.ts';
import { createRunningSessions, type RunningSessions } from './running-sessions.ts';
import { createReminderBook, createTimekeeper, toScheduleSpecs } from './timekeeping.ts';

/** Everything that one generation consists of, built once at boot and shared by its classes. */
export interface GenerationDeps extends RunningSessions {
  home: Home;
  live: LiveConfig;
  journal: Journal;
  generation: number;
  tools: ToolSet;
  mcp: Mcp;
  control: Control;
  time: Timekeeper;
  telemetry: Telemetry;
  log: Logger;
  report: EmitEvent;
}

/** Callbacks from the parts of a generation to the generation that owns them. They must not throw. */
export interface GenerationPort {
  /** Called with each runtime event, after it was logged. */
  onEvent: EventListener;
  /** Returns the handover that this generation's start belongs to, for the notes to resumed sessions. */
  describeHandover(): SessionHandover;
  /** Returns the trial state of the configuration in force, as the supervisor sees it. */
  revisionState(): string;
  problem: ControlPorts['problem'];
  ask: ControlPorts['askSupervisor'];
  /** Returns the number of handovers of this home so far. */
  countHandovers(): number;
  /** Called when another generation should run a session, because this one leaves. */
  offerElsewhere(session: string): void;
  /** Called when a later generation counts this one as dead. */
  onSuperseded(): void;
}

/**
 * Checks the configuration, opens the journal and builds all parts of a generation. Rejects with the error that
 * says why that is impossible.
 */
export async function composeGeneration(
  boot: BootMessage,
  opening: Promise<Journal>,
  owner: GenerationPort,
): Promise<GenerationDeps> {
  const { mode } = boot;
  const loading = loadToolModules(TOOL_MODULES);
  // When the boot fails for another reason first, this failure would count as unhandled.
  loading.catch(() => {});
  const home = resolveHome(boot.home);
  const shelf = createSkillCatalog((about) => log.warn(about, 'skills:broken'));
  const live = new LiveConfig(boot.config, { home, shelf });
  // No tool works in the folder in rescue mode, and a fault of the folder may be the reason for rescue mode.
  if (mode === 'normal') await mkdir(home.work, { recursive: true, mode: 0o700 });
  const journal = await opening;
  const generation = await journal.openGeneration({ version: readVersion(), pid: process.pid });
  const log = createLiveLog(live, home, generation);
  const bus = new RuntimeEventBus(log);
  bus.subscribeListener(owner.onEvent);
  const mcp = createMcp({
    folder: join(home.state, 'mcp'),
    logins: {
      folder: join(home.state, 'mcp-logins'),
      redirectUrl: () => callbackUrl(boot.listeners),
      hide: (secrets) => live.hideSecrets(secrets),
    },
    redact: (text) => live.current.redact(text),
    report: bus.emit,
  });
  const ports: ControlPorts = {
    home,
    env: process.env,
    running: () => ({
      revision: live.current.number,
      state: owner.revisionState(),
      checked: live.current.checked,
    }),
    problem: owner.problem,
    sessions: { list: (query) => running.sessions.list(query) },
    now: systemClock.now,
    askSupervisor: owner.ask,
  };
  const control = createControl(ports);
  const agentOf = async (session: string) => (await journal.findSession(session))?.agent;
  const config = new AgentConfigControl({ ...ports, agentOf, report: bus.emit }, control.config);
  const time = createLiveTimekeeper(live, {
    journal,
    generation,
    report: bus.emit,
    poke: (session) => running.engine.wakeSession(session),
  });
  const tools = createLiveTools(live, { modules: await loading, journal, home, shelf, mcp, config, time });
  const running = createRunningSessions(live, {
    journal,
    generation,
    models: live.models,
    priceCall: (model, tokens) => live.current.priceCall(model, tokens),
    tools,
    settings: () => live.current.settings,
    secrets: createLiveSecrets(live, journal.store),
    describeHandover: owner.describeHandover,
    report: bus.emit,
    observe(append) {
      emitAppend(append, bus.emit);
      telemetry.observeAppend(append);
    },
    offerElsewhere: owner.offerElsewhere,
    onSuperseded: owner.onSuperseded,
  });
  const { countHandovers } = owner;
  const { store } = journal;
  const telemetry = createLiveTelemetry(live, {
    generation,
    store,
    sessions: running.sessions,
    countHandovers,
  });
  bus.subscribeListener((event) => telemetry.countEvent(event));
  return {
    home,
    live,
    journal,
    generation,
    ...running,
    tools,
    mcp,
    control,
    time,
    telemetry,
    log,
    report: bus.emit,
  };
}

function createLiveLog(live: LiveConfig, home: Home, generation: number): Logger {
  const settings = ({ config, redact }: LiveRevision) => ({ ...config.logging, redact });
  const file = openLogFile(STDOUT, home.log);
  const destination = file ? { destination: openOutput(() => file.currentFd()) } : {};
  const root = createLogger({ ...settings(live.current), ...destination });
  const warn = ({ number, checked }: LiveRevision) => {
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
function createLiveTimekeeper(live: LiveConfig, owner: Parameters<typeof createTimekeeper>[0]): Timekeeper {
  const time = createTimekeeper(owner, live.current.config);
  live.onChange(({ config }) => time.applySchedules(toScheduleSpecs(config)));
  return time;
}

/** Returns a port that hides and seals the secrets of the configuration that is in force at each call. */
function createLiveSecrets(live: LiveConfig, key: string): () => SecretPort {
  const make = ({ hidden, redact }: LiveRevision): SecretPort => ({
    hide: redact,
    measureTail: (text) => live.measureTail(text),
    ...createSeal(hidden, key),
  });
  let secrets = make(live.current);
  live.onChange((revision) => {
    secrets = make(revision);
  });
  return () => secrets;
}

interface ToolSetDeps {
  modules: readonly LoadedModule[];
  journal: Journal;
  home: Home;
  shelf: SkillCatalog;
  mcp: Mcp;
  config: AgentConfigControl;
  time: Timekeeper;
}

/** Returns a tool set that looks tools up in the configuration that is in force at each call. */
function createLiveTools(live: LiveConfig, of: ToolSetDeps): ToolSet {
  const { modules, journal, home, shelf, mcp } = of;
  const reminders = createReminderBook(of.time);
  const make = ({ config: { tools, agents } }: LiveRevision) => {
    const { mcp: _, ...configs } = tools;
    const services: ToolServices = {
      config: of.config,
      jobsDir: home.jobs,
      home,
      roots: tools.files.roots,
      readBlob: (id, offset, length) => journal.readBlob(id, offset, length),
      findOutput: (session, call) => findOutput(journal, session, call),
      reminders,
      shelf,
      skillsOf: async (session) => agents[(await journal.findSession(session))?.agent ?? '']?.skills,
      agents: Object.keys(agents),
    };
    return createTools(modules, configs, services, mcp);
  };
  let tools = make(live.current);
  live.onChange((revision) => {
    tools = make(revision);
  });
  return { get: (name) => tools.get(name), list: () => tools.list() };
}

const STDOUT = 1;
