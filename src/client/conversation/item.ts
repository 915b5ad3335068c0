import type { WireDelta, WireEvent } from '../../protocol/events.ts';
import type { ShownFile } from './files.ts';

/** An item of the stream; `unknown` is an event of a newer daemon, whose type this release does not know. */
export type FollowedItem =
  | { kind: 'event'; event: WireEvent }
  | { kind: 'unknown'; seq: number; type: string }
  | { kind: 'delta'; delta: WireDelta };

/**
 * What the client itself does with a message: it starts sending, the daemon confirms that the message is on disk,
 * or the daemon refuses it for good. `at` is in milliseconds since the epoch.
 */
export type LocalItem =
  | { kind: 'sent'; at: number; message: { id: string; text: string; from?: string; files?: ShownFile[] } }
  | { kind: 'accepted'; input: string }
  | { kind: 'refused'; input: string; reason: string };

/** Everything that changes what a user sees of a session. */
export type ConversationItem = FollowedItem | LocalItem;

/** The event with this type. */
export type WireEventOf<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;
