import type { EventEmitter } from 'node:events';
import type { SupervisorEvent } from './core/model/events.ts';

/**
 * Handles the supervisor's signals: SIGTERM and Ctrl-C stop the daemon, a second Ctrl-C stops it at once, and
 * SIGHUP reloads the configuration. Returns the function that removes the handlers, so that signals have the default
 * effect of any Node process again.
 */
export function installSignalHandlers(
  signals: EventEmitter,
  dispatch: (event: SupervisorEvent) => void,
): () => void {
  const handlers = SIGNALS.map((name) => [name, () => dispatch(toEvent(name))] as const);
  for (const [name, handler] of handlers) signals.on(name, handler);
  return () => {
    for (const [name, handler] of handlers) signals.off(name, handler);
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

function toEvent(signal: (typeof SIGNALS)[number]): SupervisorEvent {
  if (signal === 'SIGHUP') return { type: 'reload_requested', reason: signal };
  return { type: 'stop_requested', reason: signal, isInterrupt: signal === 'SIGINT' };
}
