import type { Client } from '../../client/client.ts';
import { messageOf } from '../../errors/errors.ts';
import { line, type Piece } from '../../terminal/pieces/piece.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';

/** Sessions that `/sessions` lists. */
const LISTED = 10;

/** The lines above a conversation: agent, model and session. The model is left out where the daemon does not tell it. */
export async function readHeader(client: Client, session: string, agent?: string): Promise<Piece[]> {
  const agents = (await client.status().catch(() => null))?.agents ?? [];
  const only = agents.length === 1 ? agents[0] : undefined;
  const found = agent === undefined ? only : agents.find((each) => each.agent === agent);
  const name = agent ?? found?.agent ?? 'the default agent';
  return [
    line('bold', oneLine(found ? `${name} on ${found.model}` : name, 120)),
    line('dim', `session ${oneLine(session, 120)}; /help tells more`),
  ];
}

/** The sessions that changed last, for `/sessions`. Never rejects: a failure is what it shows. */
export async function recentSessions(client: Client, now: number): Promise<Piece[]> {
  return orFailure(async () => {
    const { sessions } = await client.sessions({ order: 'recent', limit: LISTED });
    const rows = sessions.map(({ session, agent, status, damaged, updatedAt }) => {
      const state = damaged === null ? status : 'damaged';
      return line('dim', `  ${oneLine(session, 60)}  ${agent}, ${state}, ${relativeTime(updatedAt, now)}`);
    });
    return [...rows, line('dim', '  /open <id> continues one of them')];
  });
}

/** What the session and the daemon are doing, for `/status`. Never rejects: a failure is what it shows. */
export async function sessionStatus(client: Client, session: string): Promise<Piece[]> {
  return orFailure(async () => {
    const [{ mode, reasons, generation, revision }, view] = await Promise.all([
      client.status(),
      client.session(session).catch(() => null),
    ]);
    const daemon = `daemon ${mode}, generation ${generation.number}, revision ${revision.number}`;
    const rows = [
      view === null
        ? `session ${session}, not begun`
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
  const queued = pending.length === 0 ? '' : `, ${pending.length} messages wait`;
  return `${status}${waits}${steps}${queued}`;
}

async function orFailure(show: () => Promise<Piece[]>): Promise<Piece[]> {
  try {
    return await show();
  } catch (error) {
    return [line('red', `✗ ${messageOf(error)}`)];
  }
}
