import type { EventEmitter } from 'node:events';
import type { FileCheckResult } from './handover/deps.ts';
import type { PendingRequests } from './handover/pending-requests.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Handles the supervisor's signals: SIGTERM and Ctrl-C stop the daemon, a second Ctrl-C stops it at once, and
 * SIGHUP reloads the configuration.
 */
export interface SignalHandler {
  /**
   * Passes signals to this supervisor from now on, beginning with those that were kept since the handlers were
   * installed.
   */
  attachSupervisor(supervisor: Supervisor, requests: PendingRequests<FileCheckResult>): void;
  /** Removes the handlers, so that signals have the default effect of any Node process again. */
  removeHandlers(): void;
}

/**
 * Installs the signal handlers at once, before there is a supervisor; signals that arrive early are kept until one
 * is attached.
 */
export function installSignalHandler(signals: EventEmitter): SignalHandler {
  const early: NodeJS.Signals[] = [];
  let obey = (signal: NodeJS.Signals): void => void early.push(signal);
  const handlers = SIGNALS.map((name) => [name, () => obey(name)] as const);
  for (const [name, handler] of handlers) signals.on(name, handler);
  return {
    attachSupervisor(supervisor, requests) {
      obey = (signal) => {
        if (signal === 'SIGHUP') return supervisor.reloadConfig(signal);
        if (signal === 'SIGINT') requests.countInterrupt();
        supervisor.requestStop(signal);
      };
      for (const signal of early.splice(0)) obey(signal);
    },
    removeHandlers() {
      for (const [name, handler] of handlers) signals.off(name, handler);
    },
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
