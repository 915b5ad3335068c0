import type { WireEvent } from '../protocol/events.ts';
import type { Handover } from '../protocol/handovers.ts';
import type { Sent } from './chatter.ts';

/** Observations from outside the daemon, the only input of the scoreboard. All times are in ms since the epoch. */
export interface Facts {
  sent: readonly Sent[];
  /** Durable events by session, read after the story has ended. */
  journals: Readonly<Record<string, readonly WireEvent[]>>;
  /** Names of tool calls as the tools recorded them, one entry for each run. */
  ran: readonly string[];
  /** The daemon's report of the handover that the agent's configuration change caused. */
  handover: Handover | undefined;
  mistake: Mistake;
  kills: readonly Kill[];
  /** Number of events of the worker's session that arrived over its event stream. */
  followed: number;
  /** Duration of the whole story in milliseconds. */
  total: number;
}

/** A saved configuration file that is not valid JSON, and what the daemon reported about it. */
export interface Mistake {
  /** Number of the line with the mistake, from 1. */
  line: number;
  savedAt: number;
  /** Where the daemon's status located the mistake; null when it did not report it. */
  reported: { at: number; place: string; line: number } | null;
  mendedAt: number;
  /** When the daemon's mode was normal again; null when it never was. */
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
