import type { WireEvent } from '../protocol/events.ts';
import type { HandoverBody } from '../protocol/handovers.ts';
import type { TrackedMessage } from './chatter.ts';

/** Observations from outside the daemon, the only input of the scoreboard. All times are in ms since the epoch. */
export interface DemoFacts {
  sent: readonly TrackedMessage[];
  /** Durable events by session, read after the story has ended. */
  journals: Readonly<Record<string, readonly WireEvent[]>>;
  /** Names of tool calls as the tools recorded them, one entry for each run. */
  ran: readonly string[];
  /** The daemon's report of the handover that the agent's configuration change caused. */
  handover: HandoverBody | undefined;
  mistake: ConfigMistake;
  kills: readonly DaemonKill[];
  /** Number of events of the worker's session that arrived over its event stream. */
  followed: number;
  /** Duration of the whole story in milliseconds. */
  total: number;
}

/** A saved configuration file that is not valid JSON, and what the daemon reported about it. */
export interface ConfigMistake {
  /** Number of the line with the mistake, from 1. */
  line: number;
  savedAt: number;
  /** Where the daemon's status located the mistake; null when it did not report it. */
  reported: { at: number; place: string; line: number } | null;
  fixedAt: number;
  /** When the daemon's mode was normal again; null when it never was. */
  normalAt: number | null;
}

export interface DaemonKill {
  what: 'generation' | 'everything';
  at: number;
  /** The generation that was killed. */
  generation: number;
}
