import { line } from '../../terminal/pieces/piece.ts';
import type { Chat } from './chat.ts';
import { describeUnknown, HELP, readLine } from './input/line.ts';
import type { Screen } from './screen/screen.ts';

/** What the chat program does next after a typed line: stay in this conversation, leave it, or show something. */
export type Wanted =
  | { kind: 'stay' | 'quit' | 'status' | 'sessions' }
  | { kind: 'new'; agent?: string }
  | { kind: 'open'; session: string };

/** Executes a typed line in the conversation, such as a message or `/deny`, and returns what the program does next. */
export function act(typed: string, screen: Screen, conversation: Chat): Wanted {
  if (conversation.interviewing && !typed.startsWith('/')) {
    conversation.fill(typed);
    return { kind: 'stay' };
  }
  const meant = readLine(typed);
  switch (meant.kind) {
    case 'quit':
    case 'new':
    case 'open':
    case 'status':
    case 'sessions':
      return meant;
    case 'say':
      conversation.say(meant.text, meant.mode);
      break;
    case 'cancel':
      conversation.cancel();
      break;
    case 'approve':
      conversation.approve(meant.scope, meant.id);
      break;
    case 'show':
      conversation.showWhole(meant.id);
      break;
    case 'deny':
      conversation.deny(meant.words);
      break;
    case 'help':
      screen.show(HELP.map((text) => line('dim', text)));
      break;
    case 'unknown':
      screen.show([line('dim', describeUnknown(meant.command))]);
  }
  return { kind: 'stay' };
}
