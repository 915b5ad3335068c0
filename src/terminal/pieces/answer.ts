import type { OutputPiece } from './piece.ts';

/** Text of an answer as it was and as it is now, and whether more of it will come. */
interface ShownAnswer {
  text: string;
  state: 'running' | 'finished' | 'interrupted';
}

/**
 * Renders what an answer has gained since it was shown last: its new text, and a line end once it is complete or
 * interrupted. An answer whose text has changed is shown again as a whole, on a line of its own.
 */
export function renderAnswerChange(before: ShownAnswer | undefined, after: ShownAnswer): OutputPiece[] {
  const shown = before?.text ?? '';
  const known = shown !== '' && after.text.startsWith(shown);
  const fresh = known ? after.text.slice(shown.length) : after.text;
  const start: OutputPiece[] = known ? [] : [{ kind: 'break' }];
  const text: OutputPiece[] = fresh === '' ? [] : [{ kind: 'text', text: fresh }];
  return [...start, ...text, ...(after.state === 'running' ? [] : [{ kind: 'break' } as const])];
}
