import type { EventEmitter } from 'node:events';
import type { Looked } from './handover/deps.ts';
import type { Wishes } from './handover/pending-requests.ts';
import type { Supervisor } from './supervisor.ts';

/** What signals say: SIGTERM and Ctrl-C stop, a second Ctrl-C stops at once, SIGHUP reloads. */
export interface Orders {
  /** Obeys those that came before, too. */
  follow(supervisor: Supervisor, wishes: Wishes<Looked>): void;
  /** Signals mean again what they mean to any process. */
  end(): void;
}

/** From now on signals are kept until there is somebody to follow them. */
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
