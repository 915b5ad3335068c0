import type { Style } from '../style.ts';

/**
 * What a view wants shown, in order. `text` goes on where the last text stopped; `break` ends its line; a `line` is a
 * line of its own, whatever stood before it.
 */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'line'; style: Style; text: string };

export function line(style: Style, text: string): Piece {
  return { kind: 'line', style, text };
}
