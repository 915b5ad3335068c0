import type { EventEmitter } from 'node:events';
import type { Output } from '../telemetry/output.ts';
import type { Home } from '../util/home.ts';
import type { CrashPolicy } from './core/model/crash-policy.ts';
import type { HealthPolicy } from './core/model/health-policy.ts';
import type { ServiceManager } from './host/service-manager.ts';

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
