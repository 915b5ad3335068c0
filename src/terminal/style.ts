import { styleText } from 'node:util';

export type Style = 'plain' | 'dim' | 'bold' | 'italic' | 'red' | 'yellow' | 'green' | 'cyan';

/** Draws a text in a style; the text must be printable. */
export type Paint = (style: Style, text: string) => string;

/** Colours only where they are wanted: a terminal, and no NO_COLOR (FORCE_COLOR wins over both). */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return style === 'plain' ? text : styleText(style, text, { stream });
}
