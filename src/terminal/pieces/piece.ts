import type { Style } from '../style.ts';

/**
 * A unit of output that a view produces and a screen shows in order. `text` continues where the last text stopped,
 * `break` ends its line, and `line` always is a line of its own.
 */
export type OutputPiece =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'line'; style: Style; text: string };

export function makeLine(style: Style, text: string): OutputPiece {
  return { kind: 'line', style, text };
}
