import { childName, parentOf, resultId } from '../core/delegation/outgoing.ts';
import { fold } from '../core/evolve.ts';
import type { SessionState } from '../core/model/state.ts';
import { untilDurable } from './port/durable.ts';
import type { RunnerPorts } from './port/ports.ts';
import { idempotencyKey } from './session/perform.ts';

/**
 * Who waits for a session that was set aside, because its journal cannot be read, would wait for ever. So it is told
 * that nobody knows what became of the work. What it is told has the id of the result that was to come: whichever is
 * stored first counts, and a session that is released later reports to nobody a second time.
 *
 * A session is told when the other one is set aside, and looks by itself whenever it is loaded: so no moment is left at
 * which the process could die and nobody would be told.
 */
export async function tellParent(
  ports: RunnerPorts,
  child: string,
  reason: string,
  givenUp: () => boolean,
): Promise<void> {
  const { journal } = ports;
  const { session, call } = parentOf(child) ?? { session: '', call: '' };
  const row = await journal.session(session);
  // One that is damaged itself looks when it is loaded.
  if (!row || row.damaged !== null) return;
  const { snapshot, events } = await journal.load(session);
  if (!callsAtWork(fold(events, snapshot)).includes(call)) return;
  await tell(ports, session, call, reason, givenUp);
  ports.sent(session);
}

/** Looks after the sessions that this one waits for; what it is told is in its inbox then. */
export async function lookAfterChildren(
  ports: RunnerPorts,
  session: string,
  state: SessionState,
  givenUp: () => boolean,
): Promise<void> {
  for (const call of callsAtWork(state)) {
    const row = await ports.journal.session(childName(session, call));
    if (row && row.damaged !== null) await tell(ports, session, call, row.damaged, givenUp);
  }
}

/** Calls that other sessions work on. */
function callsAtWork({ turn }: SessionState): string[] {
  const tools = turn?.tools ?? [];
  return tools.filter(({ phase, child }) => phase === 'started' && child !== null).map(({ call }) => call);
}

function tell(
  ports: RunnerPorts,
  session: string,
  call: string,
  reason: string,
  givenUp: () => boolean,
): Promise<void> {
  const { journal, clock } = ports;
  const id = resultId(idempotencyKey(journal.store, session, call));
  const text = `its journal cannot be read (${reason})`;
  const input = { kind: 'result', id, call, outcome: 'unknown', text } as const;
  const delivery = { session, agent: '', input, at: clock.now() };
  return untilDurable(ports, session, async () => void (await journal.deliver(delivery)), givenUp);
}
