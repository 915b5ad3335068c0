import type { EventEmitter } from 'node:events';
import type { Logger } from '../../telemetry/log.ts';
import type { Output } from '../../telemetry/output.ts';
import type { Home } from '../../util/home.ts';
import type { ConfigKeeper, Look } from '../config/active-config.ts';
import type { ServiceManager } from '../host/service-manager.ts';
import type { Answer } from '../ipc/messages.ts';
import type { CrashPolicy } from '../process/crash-policy.ts';
import type { Fleet } from '../process/fleet.ts';
import type { HealthPolicy } from '../process/health.ts';
import type { Bell } from '../process/notifier.ts';
import type { Listeners } from '../sockets/listeners.ts';
import type { Chronicle } from './handover-log.ts';
import type { Wishes } from './pending-requests.ts';

export interface SupervisorOptions {
  home: Home;
  /** Where the log goes; default standard output. */
  destination?: Output;
  /** What `${env:…}` stands for; default this process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Entry module of a generation; default `src/generation/main`. */
  generation?: URL;
  /** Where SIGTERM, SIGINT and SIGHUP come from; default this process. */
  signals?: EventEmitter;
  /** From a generation's start until it serves, in ms; default 30 s. */
  bootLimit?: number;
  crashPolicy?: CrashPolicy;
  healthPolicy?: HealthPolicy;
  /** Who started the daemon, if that wants to be told; default as the environment says. */
  serviceManager?: ServiceManager;
}

/** What a look at the configuration file has led to. */
export interface Looked {
  look: Look;
  answer: Answer;
}

/** What one supervisor is made of. */
export interface Parts {
  options: SupervisorOptions;
  /** The daemon's start in words. */
  whyStarted: string;
  /** The supervisor before this one did not end by itself. */
  killedBefore: boolean;
  log: Logger;
  /** Where new generations write: a descriptor, or the supervisor's own streams. */
  logOutput(): number | 'inherit';
  bell: Bell;
  wishes: Wishes<Looked>;
  keeper: ConfigKeeper;
  listeners: Listeners;
  fleet: Fleet;
  chronicle: Chronicle;
}
