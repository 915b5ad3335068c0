import type { Client } from '../../client/client.ts';
import { messageOf } from '../../errors/errors.ts';
import { line, type Piece } from '../../terminal/pieces/piece.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';

/** Maximum number of sessions that `/sessions` lists, most recently changed first. */
const LISTED = 10;

/** Loads the header above a conversation: agent, model and session; without the model if the daemon does not report it. */
export async function readHeader(client: Client, session: string, agent?: string): Promise<Piece[]> {
  const agents = (await client.status().catch(() => null))?.agents ?? [];
  const only = agents.length === 1 ? agents[0] : undefined;
  const found = agent === undefined ? only : agents.find((each) => each.agent === agent);
  const name = agent ?? found?.agent ?? 'the default agent';
  return [
    line('bold', oneLine(found ? `${name} on ${found.model}` : name, 120)),
    line('dim', `session ${oneLine(session, 120)}; type /help for commands`),
  ];
}

/** Renders the most recently changed sessions, for `/sessions`. Never rejects: an error is rendered as a line. */
export async function recentSessions(client: Client, now: number): Promise<Piece[]> {
  return orFailure(async () => {
    const { sessions } = await client.sessions({ order: 'recent', limit: LISTED });
    const rows = sessions.map(({ session, agent, status, damaged, updatedAt }) => {
      const state = damaged === null ? status : 'damaged';
      return line('dim', `  ${oneLine(session, 60)}  ${agent}, ${state}, ${relativeTime(updatedAt, now)}`);
    });
    return [...rows, line('dim', '  continue one of them with /open <id>')];
  });
}

/** Renders the state of the session and the daemon, for `/status`. Never rejects: an error is rendered as a line. */
export async function sessionStatus(client: Client, session: string): Promise<Piece[]> {
  return orFailure(async () => {
    const [{ mode, reasons, generation, revision }, view] = await Promise.all([
      client.status(),
      client.session(session).catch(() => null),
    ]);
    const daemon = `daemon ${mode}, generation ${generation.number}, revision ${revision.number}`;
    const rows = [
      view === null
        ? `session ${session}, not started yet`
        : `session ${session}, agent ${view.agent}, ${describe(view)}`,
      daemon,
      ...reasons,
    ];
    return rows.map((text) => line('dim', `  ${oneLine(text, 500)}`));
  });
}

function describe({ status, waitsFor, turn, pending }: Awaited<ReturnType<Client['session']>>): string {
  const waits = waitsFor === null ? '' : ` for ${waitsFor}`;
  const steps = turn === null ? '' : `, turn ${turn.number} with ${turn.steps} model calls so far`;
  const queued = pending.length === 0 ? '' : `, ${pending.length} messages queued`;
  return `${status}${waits}${steps}${queued}`;
}

async function orFailure(show: () => Promise<Piece[]>): Promise<Piece[]> {
  try {
    return await show();
  } catch (error) {
    return [line('red', `✗ ${messageOf(error)}`)];
  }
}
