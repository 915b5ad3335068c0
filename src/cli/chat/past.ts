import type { Client } from '../../client/client.ts';
import type { Conversation } from '../../client/conversation/conversation.ts';
import type { ConversationEntry } from '../../client/conversation/entries.ts';
import { joinConversation } from '../../client/conversation/join.ts';
import { readLastMessages } from '../../client/history.ts';
import { ApiError } from '../../errors/http.ts';
import { makeLine, type OutputPiece } from '../../terminal/pieces/piece.ts';
import { toOneLine } from '../../terminal/text.ts';
import { renderFiles } from './view/view.ts';

/** Number of messages that are shown when an existing session is joined. */
const HISTORY_LENGTH = 6;

/** An existing session at the moment of joining: its conversation, and its latest messages ready to be shown. */
interface JoinedSession {
  conversation: Conversation;
  pieces: OutputPiece[];
}

/** Loads the latest messages of a session and the position to follow from; null when the session does not exist yet. */
export async function loadJoinedSession(client: Client, session: string): Promise<JoinedSession | null> {
  try {
    const state = await client.getSession(session);
    const messages = await readLastMessages(client, state, HISTORY_LENGTH);
    const conversation = joinConversation(state, messages);
    return { conversation, pieces: conversation.entries.flatMap(renderPast) };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return null;
    throw error;
  }
}

/** Renders an entry from before the session was joined. Questions are rendered when the chat starts. */
function renderPast(entry: ConversationEntry): OutputPiece[] {
  switch (entry.kind) {
    case 'message':
      return [makeLine('bold', `› ${entry.text}`), ...renderFiles(entry.files)];
    case 'answer':
      return [
        ...(entry.text === '' ? [] : ([{ kind: 'text', text: entry.text }, { kind: 'break' }] as const)),
        ...renderFiles(entry.files),
      ];
    case 'call': {
      const request = entry.input === undefined ? [] : [makeLine('dim', `→ ${entry.tool}`)];
      const result = makeLine('dim', `← ${entry.tool ?? 'tool'} ${toOneLine(entry.result ?? '', 80)}`);
      return entry.endedAt === null ? request : [...request, result, ...renderFiles(entry.files)];
    }
    case 'notice':
      return entry.notice === 'note' ? [makeLine('dim', `… ${toOneLine(entry.text, 80)}`)] : [];
    default:
      return [];
  }
}
