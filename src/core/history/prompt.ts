import type { ModelMessage } from '../model/message.ts';
import { createUserMessage } from '../model/message.ts';
import type { SessionState } from '../model/state.ts';
import { formatRestartNote } from './wording.ts';

/** Returns the messages of the next model call: the history, and a note about restarts since the last answer. */
export function buildPrompt({ history, turn }: SessionState): ModelMessage[] {
  const note = turn && formatRestartNote(turn.news);
  return note ? [...history, createUserMessage(note)] : history;
}
