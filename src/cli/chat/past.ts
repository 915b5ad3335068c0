import type { Client } from '../../client/client.ts';
import { readLastMessages, type TranscriptEntry } from '../../client/history.ts';
import { ApiError } from '../../errors/http.ts';
import { makeLine, type OutputPiece } from '../../terminal/pieces/piece.ts';
import { toOneLine } from '../../terminal/text.ts';
import type { FollowStart } from './chat.ts';

/** Number of messages that are shown when an existing session is joined. */
const HISTORY_LENGTH = 6;

/** An existing session at the moment of joining: its agent, and its latest messages ready to be shown. */
export interface JoinedSession extends FollowStart {
  agent: string;
  pieces: OutputPiece[];
}

/** Loads the latest messages of a session and the position to follow from; null when the session does not exist yet. */
export async function loadJoinedSession(client: Client, session: string): Promise<JoinedSession | null> {
  try {
    const view = await client.getSession(session);
    const messages = await readLastMessages(client, view, HISTORY_LENGTH);
    return {
      agent: view.agent,
      after: messages.at(-1)?.seq ?? 0,
      calls: messages.flatMap(({ calls }) => calls ?? []),
      running: view.turn !== null,
      approvals: view.approvals,
      pieces: messages.flatMap(renderMessage),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return null;
    throw error;
  }
}

function renderMessage({ role, text, tool, calls }: TranscriptEntry): OutputPiece[] {
  if (role === 'user') return [makeLine('bold', `› ${text}`)];
  if (role !== 'assistant')
    return [makeLine('dim', `${role === 'tool' ? `← ${tool ?? 'tool'}` : '…'} ${toOneLine(text, 80)}`)];
  const said: OutputPiece[] = text === '' ? [] : [{ kind: 'text', text }, { kind: 'break' }];
  return [...said, ...(calls ?? []).map((call) => makeLine('dim', `→ ${call.tool}`))];
}
