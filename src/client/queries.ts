import type { WireEvent } from '../protocol/events.ts';

/** A file to store. The daemon finds the media type in the bytes; a declared one counts where they show none. */
export interface FileUpload {
  data: Uint8Array;
  name?: string;
  mediaType?: string;
}

export interface FeedSelection extends PageQuery {
  /** Only events of sessions whose id starts with this. */
  prefix?: string;
  /** Only events of these types. */
  types?: readonly WireEvent['type'][];
}

export interface PageQuery {
  after?: number;
  limit?: number;
}

export interface ListQuery {
  after?: string;
  limit?: number;
  status?: string;
  agent?: string;
  prefix?: string;
  /** Default: by id. */
  order?: 'id' | 'recent';
  /** Only sessions that changed since this time, in milliseconds since the epoch. */
  since?: number;
}

export interface ReminderListQuery {
  after?: string;
  limit?: number;
  session?: string;
}
