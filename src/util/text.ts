import { isBlank, takeHead } from '../core/model/text.ts';

/** A text of at most `most` units, cut between characters; an ellipsis stands for what was cut. */
export function abbreviate(text: string, most: number): string {
  return text.length <= most ? text : `${takeHead(text, most - 1)}…`;
}

/** Why a text cannot be a message; `undefined` when it can. */
export function messageFault(text: string): string | undefined {
  return isBlank(text) ? 'it must contain visible text' : undefined;
}
