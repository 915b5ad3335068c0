import { chmodSync, mkdirSync } from 'node:fs';
import { RevisionStore } from '../config/revisions/revisions.ts';
import { watchConfig } from '../config/revisions/watch.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Home } from '../util/home.ts';
import { acquireLock } from '../util/lock.ts';
import { ConfigFiles } from './config/config-files.ts';
import { chooseFirstConfig } from './config/first-config.ts';
import { defaultCrashPolicy } from './core/model/crash-policy.ts';
import type { SupervisorEvent } from './core/model/events.ts';
import { defaultHealthPolicy } from './core/model/health-policy.ts';
import { createSupervisorState } from './core/model/initial.ts';
import type { ConfigState } from './core/model/revision.ts';
import type { SupervisorSettings } from './core/model/state.ts';
import { HandoverLog } from './handover/handover-log.ts';
import { HandoverReportStore } from './handover/reports.ts';
import { SupervisorLog } from './host/own-log.ts';
import { readSupervisorStatus, removeSupervisorStatus } from './host/status-file.ts';
import type { SupervisorOptions } from './options.ts';
import { checkSocketPaths, removeLeftoverSockets } from './process/private-socket.ts';
import { installSignalHandlers } from './signal-handler.ts';
import { Listeners } from './sockets/listeners.ts';
import { type ExitReason, Supervisor } from './supervisor.ts';

/**
 * Runs the daemon of one home until a signal or a client stops it; resolves with the exit code and the reason.
 * Rejects only before the first generation starts: AlreadyRunningError, SocketPathTooLongError, or the errors of
 * `Listeners.open`.
 */
export async function runSupervisor(options: SupervisorOptions): Promise<ExitReason> {
  const { home } = options;
  checkSocketPaths(home);
  mkdirSync(home.run, { recursive: true, mode: 0o700 });
  chmodSync(home.run, 0o700);
  const lock = acquireLock(home.lock);
  try {
    return await runLocked(options);
  } finally {
    removeSupervisorStatus(home);
    lock.release();
  }
}

async function runLocked(options: SupervisorOptions): Promise<ExitReason> {
  const { home } = options;
  const leftover = readSupervisorStatus(home) !== null;
  removeSupervisorStatus(home);
  removeLeftoverSockets(home);
  let supervisor: Supervisor | undefined;
  // Events that arrive before there is a supervisor are kept for it.
  const early: SupervisorEvent[] = [];
  const dispatch = (event: SupervisorEvent) => (supervisor ? supervisor.dispatch(event) : early.push(event));
  const removeSignalHandlers = installSignalHandlers(options.signals ?? process, dispatch);
  let listFiles = (): readonly string[] => [];
  // The watch starts before the file is read, so that no change in between is missed.
  const watch = watchConfig({
    path: home.config,
    files: () => listFiles(),
    onChange: () => dispatch({ type: 'file_changed' }),
  });
  let listeners: Listeners | undefined;
  try {
    const ownLog = new SupervisorLog(home.log, options.destination);
    const { log } = ownLog;
    const { files: config, first } = openConfig(options, log);
    listFiles = () => config.listFiles(first.active.content);
    ownLog.applyLogging(config.findConfig(first.active.content));
    listeners = await openListeners(first, home, leftover ? LEFTOVER_PATIENCE : 0);
    log.info({ address: listeners.address }, 'supervisor:listening');
    const reports = openReports(home, log);
    const handoverLog = new HandoverLog(reports, log, () => supervisor?.broadcastState());
    const state = createSupervisorState(createSettings(options, leftover), first, reports.lastId);
    supervisor = new Supervisor({ options, ownLog, config, listeners, handoverLog }, state);
    listFiles = supervisor.listConfigFiles.bind(supervisor);
    return await supervisor.run(early);
  } finally {
    removeSignalHandlers();
    watch.close();
    listeners?.close();
  }
}

function createSettings(options: SupervisorOptions, killedBefore: boolean): SupervisorSettings {
  const { bootLimit = DEFAULT_BOOT_LIMIT } = options;
  const { crashPolicy = defaultCrashPolicy, healthPolicy = defaultHealthPolicy } = options;
  const startReason = killedBefore
    ? 'the daemon was started; it had not been stopped before'
    : 'the daemon was started';
  return { bootLimit, crashPolicy, healthPolicy, startReason, killedBefore };
}

const DEFAULT_BOOT_LIMIT = 30_000;

/**
 * How long, in ms, an address in use is tried again after a supervisor was killed: its generation notices the
 * death at once and stops accepting, but needs a moment for that on a loaded machine.
 */
const LEFTOVER_PATIENCE = 10_000;

/**
 * Opens the listening sockets at the configured address. Without a usable configuration the operator has chosen no
 * address, so when the default one is taken, the daemon listens on a free port instead.
 */
async function openListeners(
  { active, canRunSessions }: ConfigState,
  home: Home,
  patience: number,
): Promise<Listeners> {
  const { listen } = active.content;
  try {
    return await Listeners.open(listen, home.socket, patience);
  } catch (error) {
    if (canRunSessions) throw error;
    return await Listeners.open(listen.replace(/\d+$/, '0'), home.socket);
  }
}

function openConfig(options: SupervisorOptions, log: Logger): { files: ConfigFiles; first: ConfigState } {
  const { home, env = process.env } = options;
  const revisions = new RevisionStore(home, (error) => log.warn({ error }, 'config:revision_not_saved'));
  const files = new ConfigFiles({ home, env, revisions });
  return { files, first: chooseFirstConfig({ files, home, env, revisions, log }) };
}

function openReports(home: Home, log: Logger): HandoverReportStore {
  const reports = new HandoverReportStore(home);
  try {
    reports.closeUnfinished(Date.now());
  } catch (error) {
    // Reports only inform; a full disk must not keep the daemon from starting.
    log.warn({ error }, 'handover:report_failed');
  }
  return reports;
}
