import type { SessionHandover } from '../../core/model/events.ts';
import type { Models } from '../../models/port/model.ts';
import type { PriceCall } from '../../models/prices/prices.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import type { SessionAppend } from '../../telemetry/projection/append.ts';
import type { ToolSet } from '../../tools/port/tool.ts';
import type { Engine } from '../engine.ts';
import type { LiveStream } from './live-stream.ts';
import type { SecretPort } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Everything that running sessions depend on: the engine that offers them, models, tools, settings, the clock and the log. */
export interface RunnerPorts {
  engine: Engine;
  models: Models;
  /** Prices ended model calls for the usage ledger; must not reject. */
  priceCall: PriceCall;
  tools: ToolSet;
  liveStream: LiveStream;
  settings(): Settings;
  secrets(): SecretPort;
  /** Names of the places whose work this process can continue, such as the home that its commands run for. */
  places: readonly string[];
  /** Why this generation continues the work of an earlier one; the model is told in a notice. */
  describeHandover(): SessionHandover;
  clock: Clock;
  /** Reports an event of the runner itself; must not throw. */
  report: EmitEvent;
  /** Called after each append, for the log, metrics and traces; must not throw. */
  observe(append: SessionAppend): void;
}

/**
 * Longest delay of a timer, in milliseconds. Timers do not notice that the wall clock was set or the machine
 * slept, so each waiter checks the time this often.
 */
export const MAX_TIMER_DELAY = 30_000;

/** Time as a dependency, so that tests control the wall clock and the timers. */
export interface Clock {
  now(): number;
  /**
   * Calls back once after `delay` milliseconds; the timer does not keep the process alive. Returns the
   * function that cancels it.
   */
  after(delay: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
