import type { Client } from '../../client/client.ts';
import { messageOf } from '../../errors/errors.ts';
import { makeLine, type OutputPiece } from '../../terminal/pieces/piece.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { describeUsage } from '../kit/cost.ts';

/** Maximum number of sessions that `/sessions` lists, most recently changed first. */
const RECENT_LIMIT = 10;

/** Loads the header above a conversation: agent, model and session; without the model if the daemon does not report it. */
export async function loadHeader(client: Client, session: string, agent?: string): Promise<OutputPiece[]> {
  const agents = (await client.getStatus().catch(() => null))?.agents ?? [];
  const only = agents.length === 1 ? agents[0] : undefined;
  const found = agent === undefined ? only : agents.find((each) => each.agent === agent);
  const name = agent ?? found?.agent ?? 'the default agent';
  return [
    makeLine('bold', toOneLine(found ? `${name} on ${found.model}` : name, 120)),
    makeLine('dim', `session ${toOneLine(session, 120)}; type /help for commands`),
  ];
}

/** Renders the most recently changed sessions, for `/sessions`. Never rejects: an error is rendered as a line. */
export async function renderRecentSessions(client: Client, now: number): Promise<OutputPiece[]> {
  return renderOrExplain(async () => {
    const { sessions } = await client.listSessions({ order: 'recent', limit: RECENT_LIMIT });
    const rows = sessions.map(({ session, agent, status, damaged, updatedAt }) => {
      const state = damaged === null ? status : 'damaged';
      return makeLine(
        'dim',
        `  ${toOneLine(session, 60)}  ${agent}, ${state}, ${formatRelativeTime(updatedAt, now)}`,
      );
    });
    return [...rows, makeLine('dim', '  continue one of them with /open <id>')];
  });
}

/** Renders the state of the session and the daemon, for `/status`. Never rejects: an error is rendered as a line. */
export async function renderStatus(client: Client, session: string): Promise<OutputPiece[]> {
  return renderOrExplain(async () => {
    const [{ mode, reasons, generation, revision }, view] = await Promise.all([
      client.getStatus(),
      client.getSession(session).catch(() => null),
    ]);
    const daemon = `daemon ${mode}, generation ${generation.number}, revision ${revision.number}`;
    const rows = [
      view === null
        ? `session ${session}, not started yet`
        : `session ${session}, agent ${view.agent}, ${describeActivity(view)}`,
      daemon,
      ...reasons,
    ];
    return rows.map((text) => makeLine('dim', `  ${toOneLine(text, 500)}`));
  });
}

/** Renders what the session and those that work for it used, for `/cost`. Never rejects, as the others. */
export async function renderCost(client: Client, session: string): Promise<OutputPiece[]> {
  return renderOrExplain(async () => {
    const { total, groups } = await client.reportUsage({ session });
    const models = groups.map((group) => `${group.value}: ${describeUsage(group)}`);
    const rows = groups.length === 1 ? models : [describeUsage(total), ...models];
    return rows.map((text) => makeLine('dim', `  ${toOneLine(text, 500)}`));
  });
}

function describeActivity({
  status,
  waitsFor,
  turn,
  pending,
}: Awaited<ReturnType<Client['getSession']>>): string {
  const waits = waitsFor === null ? '' : ` for ${waitsFor}`;
  const steps = turn === null ? '' : `, turn ${turn.number} with ${turn.steps} model calls so far`;
  const queued = pending.length === 0 ? '' : `, ${pending.length} messages queued`;
  return `${status}${waits}${steps}${queued}`;
}

async function renderOrExplain(show: () => Promise<OutputPiece[]>): Promise<OutputPiece[]> {
  try {
    return await show();
  } catch (error) {
    return [makeLine('red', `✗ ${messageOf(error)}`)];
  }
}
