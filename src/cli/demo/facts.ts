import type { WireEvent } from '../../protocol/events.ts';
import type { Sent } from './chatter.ts';

/** What was observed from outside; the scoreboard is a function of it. */
export interface Facts {
  sent: readonly Sent[];
  /** The durable events of each session, at the end. */
  journals: Readonly<Record<string, readonly WireEvent[]>>;
  /** Names of tool calls as the calls themselves wrote them down, one for each run. */
  ran: readonly string[];
  kills: readonly Kill[];
  /** Events of the worker's session that came over its event stream. */
  followed: number;
  /** Milliseconds. */
  total: number;
}

export interface Kill {
  what: 'generation' | 'everything';
  /** Milliseconds since the epoch. */
  at: number;
  /** The generation that was killed. */
  generation: number;
}

export type Started = Extract<WireEvent, { type: 'model_call_started' | 'tool_call_started' }>;

export function isStart(event: WireEvent): event is Started {
  return event.type === 'model_call_started' || event.type === 'tool_call_started';
}
