import { toWireEvent } from '../../protocol/content.ts';
import { nameDelta } from '../../protocol/events.ts';
import { formatPosition } from '../../protocol/ids/position.ts';
import type { Followed, FollowedFeed } from '../../sessions/sessions.ts';

/** One server-sent event as bytes; `position` is where a client that has it resumes, null for a delta. */
export interface EventFrame {
  bytes: Uint8Array;
  position: number | null;
}

/**
 * Encoded frames by event object. All followers of a session, and all followers of the feed, get the same objects,
 * so each is encoded once.
 */
const frames = new WeakMap<object, { store: string; frame: EventFrame }>();
const encoder = new TextEncoder();

export function encodeFollowed(followed: Followed, store: string): EventFrame {
  if (followed.kind === 'delta') {
    const { delta } = followed;
    return shareFrame(delta, store, null, () => formatEvent(nameDelta(delta.kind), delta));
  }
  const { event } = followed;
  return shareFrame(event, store, event.seq, () => formatEvent(event.type, toWireEvent(event)));
}

export function encodeFeedItem(followed: FollowedFeed, store: string): EventFrame {
  if (followed.kind === 'position') {
    // Without data it is no event for a client, which only remembers the id.
    const { position } = followed;
    return { position, bytes: encoder.encode(`id: ${formatPosition({ store, seq: position })}\n\n`) };
  }
  const { item } = followed;
  const format = () => formatEvent(item.event.type, { ...item, event: toWireEvent(item.event) });
  return shareFrame(item, store, item.position, format);
}

function shareFrame(key: object, store: string, position: number | null, format: () => string): EventFrame {
  const known = frames.get(key);
  if (known?.store === store) return known.frame;
  const id = position === null ? '' : `id: ${formatPosition({ store, seq: position })}\n`;
  const frame = { position, bytes: encoder.encode(id + format()) };
  frames.set(key, { store, frame });
  return frame;
}

function formatEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
