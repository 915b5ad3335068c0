import type { Client } from '../../client/client.ts';
import { lastMessages, type Message } from '../../client/history.ts';
import { ApiError } from '../../errors/http.ts';
import { line, type Piece } from '../../terminal/pieces/piece.ts';
import { oneLine } from '../../terminal/text.ts';
import type { Joined } from './chat.ts';

/** Number of messages that are shown when an existing session is joined. */
const HISTORY = 6;

/** An existing session at the moment of joining: its agent, and its latest messages ready to be shown. */
export interface Past extends Joined {
  agent: string;
  pieces: Piece[];
}

/** Loads the latest messages of a session and the position to follow from; null when the session does not exist yet. */
export async function findPast(client: Client, session: string): Promise<Past | null> {
  try {
    const view = await client.session(session);
    const messages = await lastMessages(client, view, HISTORY);
    return {
      agent: view.agent,
      after: messages.at(-1)?.seq ?? 0,
      calls: messages.flatMap(({ calls }) => calls ?? []),
      running: view.turn !== null,
      approvals: view.approvals,
      pieces: messages.flatMap(pieceOf),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'session_not_found') return null;
    throw error;
  }
}

function pieceOf({ role, text, tool, calls }: Message): Piece[] {
  if (role === 'user') return [line('bold', `› ${text}`)];
  if (role !== 'assistant')
    return [line('dim', `${role === 'tool' ? `← ${tool ?? 'tool'}` : '…'} ${oneLine(text, 80)}`)];
  const said: Piece[] = text === '' ? [] : [{ kind: 'text', text }, { kind: 'break' }];
  return [...said, ...(calls ?? []).map((call) => line('dim', `→ ${call.tool}`))];
}
