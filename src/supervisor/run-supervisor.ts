import { chmodSync, mkdirSync } from 'node:fs';
import { formatAddress } from '../config/fields/address.ts';
import { RevisionStore } from '../config/revisions/revisions.ts';
import { watchConfig } from '../config/revisions/watch.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Home } from '../util/home.ts';
import { acquireLock } from '../util/lock.ts';
import { ActiveConfig } from './config/active-config.ts';
import type { FileCheckResult, SupervisorOptions } from './handover/deps.ts';
import { HandoverLog } from './handover/handover-log.ts';
import { PendingRequests } from './handover/pending-requests.ts';
import { HandoverReportStore } from './handover/reports.ts';
import { SupervisorLog } from './host/own-log.ts';
import { readSupervisorStatus, removeSupervisorStatus } from './host/status-file.ts';
import { Fleet } from './process/fleet.ts';
import { Notifier } from './process/notifier.ts';
import { checkSocketPaths, removeLeftoverSockets } from './process/private-socket.ts';
import { installSignalHandler } from './signal-handler.ts';
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
  const ownLog = new SupervisorLog(home.log, options.destination);
  const { log } = ownLog;
  let supervisor: Supervisor | undefined;
  const signalHandler = installSignalHandler(options.signals ?? process);
  const notifier = new Notifier();
  const requests = new PendingRequests<FileCheckResult>(notifier);
  // The watch starts before the file is read, so that no change in between is missed.
  let activeConfig: ActiveConfig | undefined;
  const watch = watchConfig({
    path: home.config,
    files: () => activeConfig?.files ?? [],
    onChange: () => requests.requestFileCheck({ onChecked: () => {} }),
  });
  const changed = () => {
    if (activeConfig) ownLog.applyLogging(activeConfig.current.checked);
    supervisor?.broadcastState();
  };
  let listeners: Listeners | undefined;
  try {
    activeConfig = openActiveConfig(options, log, changed);
    changed();
    listeners = await openListeners(activeConfig, home, leftover ? LEFTOVER_PATIENCE : 0);
    log.info({ address: listeners.address }, 'supervisor:listening');
    const handoverLog = openHandoverLog(home, log, changed);
    supervisor = new Supervisor({
      options,
      killedBefore: leftover,
      whyStarted: leftover
        ? 'the daemon was started; it had not been stopped before'
        : 'the daemon was started',
      log,
      logOutput: () => ownLog.output,
      notifier,
      requests,
      activeConfig,
      listeners,
      fleet: new Fleet(),
      handoverLog,
    });
    signalHandler.attachSupervisor(supervisor, requests);
    return await supervisor.run();
  } finally {
    signalHandler.removeHandlers();
    watch.close();
    activeConfig?.close();
    listeners?.close();
  }
}

/**
 * How long, in ms, an address in use is tried again after a supervisor was killed: its generation notices the
 * death at once and stops accepting, but needs a moment for that on a loaded machine.
 */
const LEFTOVER_PATIENCE = 10_000;

/**
 * Opens the listening sockets at the configured address. Without a usable configuration the operator has chosen no
 * address, so when the default one is taken, the daemon listens on a free port instead.
 */
async function openListeners(activeConfig: ActiveConfig, home: Home, patience: number): Promise<Listeners> {
  const { listen } = activeConfig.current.checked.config;
  try {
    return await Listeners.open(formatAddress(listen), home.socket, patience);
  } catch (error) {
    if (activeConfig.canRunSessions) throw error;
    return await Listeners.open(formatAddress({ ...listen, port: 0 }), home.socket);
  }
}

function openActiveConfig(options: SupervisorOptions, log: Logger, changed: () => void): ActiveConfig {
  const { home, env = process.env } = options;
  const revisions = new RevisionStore(home, (error) => log.warn({ error }, 'config:revision_not_saved'));
  return new ActiveConfig({ home, env, revisions, log, onChange: changed });
}

function openHandoverLog(home: Home, log: Logger, changed: () => void): HandoverLog {
  const reports = new HandoverReportStore(home);
  try {
    reports.closeUnfinished(Date.now());
  } catch (error) {
    // Reports only inform; a full disk must not keep the daemon from starting.
    log.warn({ error }, 'handover:report_failed');
  }
  return new HandoverLog(reports, log, changed);
}
