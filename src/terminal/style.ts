import { styleText } from 'node:util';

export type Style = 'plain' | 'dim' | 'bold' | 'italic' | 'red' | 'yellow' | 'green' | 'cyan';

/** Applies a style to a text, which must not contain control characters, and returns the text to write. */
export type Paint = (style: Style, text: string) => string;

/** Applies a style if the stream is a terminal and NO_COLOR is not set; FORCE_COLOR overrides both conditions. */
export function applyStyle(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return style === 'plain' ? text : styleText(style, text, { stream });
}
