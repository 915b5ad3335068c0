import type { WireEvent } from '../protocol/events.ts';
import type { Handover } from '../protocol/handovers.ts';
import type { Sent } from './chatter.ts';

/** What was observed from outside; the scoreboard is a function of it. All times are in ms since the epoch. */
export interface Facts {
  sent: readonly Sent[];
  /** The durable events of each session, at the end. */
  journals: Readonly<Record<string, readonly WireEvent[]>>;
  /** Names of tool calls as the calls themselves wrote them down, one for each run. */
  ran: readonly string[];
  /** The daemon's report of the handover that the agent's change led to. */
  handover: Handover | undefined;
  mistake: Mistake;
  kills: readonly Kill[];
  /** Events of the worker's session that came over its event stream. */
  followed: number;
  /** Milliseconds. */
  total: number;
}

/** A save of the configuration file that is no JSON. */
export interface Mistake {
  /** The line with the mistake. */
  line: number;
  savedAt: number;
  /** What the daemon's status said of it; null when it did not. */
  reported: { at: number; place: string; line: number } | null;
  mendedAt: number;
  /** When the daemon's mode was normal again; null when it was not. */
  normalAt: number | null;
}

export interface Kill {
  what: 'generation' | 'everything';
  at: number;
  /** The generation that was killed. */
  generation: number;
}

export type Started = Extract<WireEvent, { type: 'model_call_started' | 'tool_call_started' }>;

export function isStart(event: WireEvent): event is Started {
  return event.type === 'model_call_started' || event.type === 'tool_call_started';
}
