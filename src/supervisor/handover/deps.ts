import type { EventEmitter } from 'node:events';
import type { Logger } from '../../telemetry/log.ts';
import type { Output } from '../../telemetry/output.ts';
import type { Home } from '../../util/home.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { FileCheck } from '../config/reading.ts';
import type { ServiceManager } from '../host/service-manager.ts';
import type { SupervisorReply } from '../ipc/messages.ts';
import type { CrashPolicy } from '../process/crash-policy.ts';
import type { Fleet } from '../process/fleet.ts';
import type { HealthPolicy } from '../process/health.ts';
import type { Notifier } from '../process/notifier.ts';
import type { Listeners } from '../sockets/listeners.ts';
import type { HandoverLog } from './handover-log.ts';
import type { PendingRequests } from './pending-requests.ts';

export interface SupervisorOptions {
  home: Home;
  /**
   * Where log records are written; default: standard output, or the log file of the home when standard output is
   * that file.
   */
  destination?: Output;
  /** Variables that `${env:…}` references stand for; default: the environment of this process. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Entry module of a generation process; default `src/generation/main`. Tests start fake generations with it. */
  generation?: URL;
  /**
   * Emitter of SIGTERM, SIGINT and SIGHUP; default: this process. Tests emit signals on an emitter of their own.
   */
  signals?: EventEmitter;
  /** Time in ms from the start of a generation until it must serve; default 30 s. After that it is killed. */
  bootLimit?: number;
  crashPolicy?: CrashPolicy;
  healthPolicy?: HealthPolicy;
  /**
   * The service manager that started the daemon and receives notifications; default: chosen by the environment
   * (NOTIFY_SOCKET).
   */
  serviceManager?: ServiceManager;
}

/**
 * The result of a requested check of the configuration file: what was found, and the reply for the client that
 * asked.
 */
export interface FileCheckResult {
  look: FileCheck;
  answer: SupervisorReply;
}

/** Everything that the classes of one supervisor share; built once by `runSupervisor` and never replaced. */
export interface SupervisorDeps {
  options: SupervisorOptions;
  /** Reason of the first handover report, as a sentence part, e.g. "the daemon was started". */
  whyStarted: string;
  /** True when the previous supervisor of this home was killed, so that its sessions were cut without notice. */
  killedBefore: boolean;
  log: Logger;
  /** Returns where a new generation writes its output: a file descriptor, or the supervisor's own streams. */
  logOutput(): number | 'inherit';
  notifier: Notifier;
  requests: PendingRequests<FileCheckResult>;
  activeConfig: ActiveConfig;
  listeners: Listeners;
  fleet: Fleet;
  handoverLog: HandoverLog;
}
