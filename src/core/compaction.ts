import type { Message } from './message.ts';

/**
 * How many of the oldest messages a compaction replaces: about two thirds, never so that a tool result loses its
 * call. 0 when there is nothing to gain.
 */
export function compactionCut(history: readonly Message[]): number {
  let cut = Math.floor((history.length * 2) / 3);
  while (cut > 0 && history[cut]?.role === 'tool') cut -= 1;
  return cut < 2 ? 0 : cut;
}
