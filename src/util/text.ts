import { isBlank, takeHead } from '../core/model/text.ts';

/** Shortens a text to at most `most` UTF-16 units, cut between characters; an ellipsis replaces what was cut. */
export function abbreviateText(text: string, most: number): string {
  return text.length <= most ? text : `${takeHead(text, most - 1)}…`;
}

/** Returns why a text cannot be a message; `undefined` when it can. */
export function findMessageFault(text: string): string | undefined {
  return isBlank(text) ? 'it must contain visible text' : undefined;
}
