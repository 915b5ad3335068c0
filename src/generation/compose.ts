import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { redactor } from '../config/redact.ts';
import type { Control } from '../http/control.ts';
import type { Journal } from '../journal/journal.ts';
import { createModels } from '../models/registry.ts';
import { LiveText } from '../runner/live-text.ts';
import { type Report, systemClock } from '../runner/ports.ts';
import { Runner } from '../runner/runner.ts';
import type { Timekeeper } from '../schedules/timekeeper.ts';
import { type EmbeddedPorts, embeddedSessions } from '../sessions/embedded.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { createMcp, type Mcp } from '../tools/mcp/mcp.ts';
import { levelOf } from '../tools/mcp/report.ts';
import { createTools } from '../tools/registry.ts';
import { createShelf } from '../tools/skills/shelf.ts';
import type { Home } from '../util/home.ts';
import { readVersion } from '../util/version.ts';
import { AgentConfig } from './control/agent-config.ts';
import type { ControlPorts } from './control/ports.ts';
import { createControl } from './control.ts';
import { findOutput } from './outputs.ts';
import { settingsOf } from './settings.ts';
import { createTimekeeper, reminderBook } from './timekeeping.ts';

/** What one generation is made of. */
export interface Parts {
  home: Home;
  loaded: LoadedConfig;
  journal: Journal;
  generation: number;
  runner: Runner;
  sessions: Sessions;
  mcp: Mcp;
  control: Control;
  time: Timekeeper;
  log: Logger;
}

/** The first revision; later ones are numbered as configurations are accepted. */
export const REVISION = 1;

/** Reads the config and puts the parts together. Rejects with the error that says why it cannot. */
export async function compose(
  home: Home,
  mode: 'normal' | 'rescue',
  opening: Promise<Journal>,
  ask: ControlPorts['ask'],
): Promise<Parts> {
  const loaded = loadConfig(home);
  const { config } = loaded;
  // Nothing works there in rescue mode, and what is wrong with it may be why we are in it.
  if (mode === 'normal') await mkdir(home.work, { recursive: true, mode: 0o700 });
  const journal = await opening;
  const generation = await journal.openGeneration({ version: readVersion(), pid: process.pid });
  const redact = redactor(loaded.secrets);
  const log = createLogger({ ...config.logging, redact }).child({ generation });
  const mcp = createMcp({
    folder: join(home.state, 'mcp'),
    redact,
    report: (event, about) => log[levelOf(event)](about, event),
  });
  const ports: ControlPorts = {
    home,
    env: process.env,
    running: () => ({ revision: REVISION, state: 'good', checked: loaded }),
    problem: () => null,
    sessions: { list: (query) => sessions.list(query) },
    now: systemClock.now,
    ask,
  };
  const control = createControl(ports);
  const liveText = new LiveText();
  const shelf = createShelf((about) => log.warn(about, 'skills:broken'));
  const settings = settingsOf(config, REVISION, shelf);
  const time = createTimekeeper(
    { journal, generation, log, poke: (session) => poke(session, undefined) },
    config,
  );
  const runner = new Runner({
    journal,
    generation,
    liveText,
    models: createModels(config.providers),
    tools: createTools(config.tools, {
      jobsDir: home.jobs,
      home,
      readBlob: (id, offset, length) => journal.readBlob(id, offset, length),
      findOutput: (session, call) => findOutput(journal, session, call),
      config: new AgentConfig({ ...ports, report: (event, about) => log.info(about, event) }, control.config),
      more: mcp,
      shelf,
      reminders: reminderBook(time),
      skillsOf: async (session) => config.agents[(await journal.session(session))?.agent ?? '']?.skills,
    }),
    settings: () => settings,
    clock: systemClock,
    report: reportTo(log),
  });
  const poke: EmbeddedPorts['poke'] = (session, release) => {
    // In rescue mode messages are taken and wait; what killed the daemon must not run again by itself.
    if (mode === 'normal') void runner.poke(session, release && { type: 'release', by: release.by });
  };
  const sessions = embeddedSessions({
    journal,
    liveText,
    now: systemClock.now,
    redact,
    poke,
    agents: () => ({
      names: Object.keys(config.agents),
      default: config.defaultAgent,
      messageLimit: config.limits.message,
    }),
  });
  return { home, loaded, journal, generation, runner, sessions, mcp, control, time, log };
}

function reportTo(log: Logger): Report {
  return (event, about) => {
    const level = QUIET.has(event) ? 'debug' : 'warn';
    log[level](about, event);
  };
}

const QUIET: ReadonlySet<string> = new Set(['turn:finished', 'session:resumed']);
