import type { EventEmitter } from 'node:events';
import type { Looked } from './handover/deps.ts';
import type { Wishes } from './handover/pending-requests.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Handles the supervisor's signals: SIGTERM and Ctrl-C stop the daemon, a second Ctrl-C stops it at once, and
 * SIGHUP reloads the configuration.
 */
export interface Orders {
  /**
   * Passes signals to this supervisor from now on, beginning with those that were kept since the handlers were
   * installed.
   */
  follow(supervisor: Supervisor, wishes: Wishes<Looked>): void;
  /** Removes the handlers, so that signals have the default effect of any Node process again. */
  end(): void;
}

/**
 * Installs the signal handlers at once, before there is a supervisor; signals that arrive early are kept until one
 * is attached.
 */
export function takeOrders(signals: EventEmitter): Orders {
  const early: NodeJS.Signals[] = [];
  let obey = (signal: NodeJS.Signals): void => void early.push(signal);
  const handlers = SIGNALS.map((name) => [name, () => obey(name)] as const);
  for (const [name, handler] of handlers) signals.on(name, handler);
  return {
    follow(supervisor, wishes) {
      obey = (signal) => {
        if (signal === 'SIGHUP') return supervisor.reload(signal);
        if (signal === 'SIGINT') wishes.interrupted();
        supervisor.stop(signal);
      };
      for (const signal of early.splice(0)) obey(signal);
    },
    end() {
      for (const [name, handler] of handlers) signals.off(name, handler);
    },
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
