import type { Message } from '../model/message.ts';
import { userMessage } from '../model/message.ts';
import type { SessionState } from '../model/state.ts';
import { restartNote } from './wording.ts';

/** Returns the messages of the next model call: the history, and a note about restarts since the last answer. */
export function promptOf({ history, turn }: SessionState): Message[] {
  const note = turn && restartNote(turn.news);
  return note ? [...history, userMessage(note)] : history;
}
