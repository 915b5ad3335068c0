import { makeLine } from '../../terminal/pieces/piece.ts';
import type { Chat } from './chat.ts';
import { CHAT_HELP, describeUnknownCommand, parseLine } from './input/line.ts';
import type { Screen } from './screen/screen.ts';

/** What the chat program does next after a typed line: stay in this conversation, leave it, or show something. */
export type ChatAction =
  | { kind: 'stay' | 'quit' | 'status' | 'cost' | 'sessions' }
  | { kind: 'new'; agent?: string }
  | { kind: 'open'; session: string };

/** Executes a typed line in the conversation, such as a message or `/deny`, and returns what the program does next. */
export function executeLine(typed: string, screen: Screen, conversation: Chat): ChatAction {
  if (conversation.isFillingForm && !typed.startsWith('/')) {
    conversation.fillField(typed);
    return { kind: 'stay' };
  }
  const meant = parseLine(typed);
  switch (meant.kind) {
    case 'quit':
    case 'new':
    case 'open':
    case 'status':
    case 'cost':
    case 'sessions':
      return meant;
    case 'say':
      conversation.sendMessage(meant.text, meant.mode);
      break;
    case 'attach':
      conversation.attachFile(meant.path);
      break;
    case 'cancel':
      conversation.cancelTurn();
      break;
    case 'approve':
      conversation.approveQuestion(meant.scope, meant.id);
      break;
    case 'show':
      conversation.showDetails(meant.id);
      break;
    case 'deny':
      conversation.denyQuestion(meant.words);
      break;
    case 'help':
      screen.showText(CHAT_HELP.map((text) => makeLine('dim', text)));
      break;
    case 'unknown':
      screen.showText([makeLine('dim', describeUnknownCommand(meant.command))]);
  }
  return { kind: 'stay' };
}
