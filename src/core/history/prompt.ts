import type { Message } from '../model/message.ts';
import { userMessage } from '../model/message.ts';
import type { SessionState } from '../model/state.ts';
import { restartNote } from './wording.ts';

/** What the model is shown for its next answer. */
export function promptOf({ history, turn }: SessionState): Message[] {
  const note = turn && restartNote(turn.news);
  return note ? [...history, userMessage(note)] : history;
}
