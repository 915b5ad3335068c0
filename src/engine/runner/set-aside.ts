import { createChildId, createResultId, parseChildId } from '../../core/delegation/outgoing.ts';
import { foldEvents } from '../../core/evolve.ts';
import { createTextContent } from '../../core/model/message.ts';
import type { SessionState } from '../../core/model/state.ts';
import { retryUntilDurable } from '../port/durable.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { idempotencyKey } from './session/perform.ts';

/**
 * Notifies the session that delegated work to a damaged session, whose journal cannot be read: otherwise it
 * would wait forever. The outcome is unknown. The notification has the id of the expected result, so the
 * first of the two that is stored counts, and a session that is released later reports no second time.
 *
 * It is sent when the damage is found, and again looked for whenever the waiting session is loaded, so a
 * crash in between loses nothing.
 */
export async function notifyParent(
  ports: RunnerPorts,
  child: string,
  reason: string,
  givenUp: () => boolean,
): Promise<void> {
  const { sessions } = ports.engine;
  const { session, call } = parseChildId(child) ?? { session: '', call: '' };
  const row = await sessions.findSession(session);
  // A damaged parent finds this out when it is loaded.
  if (!row || row.damaged !== null) return;
  const { snapshot, events } = await sessions.loadSession(session);
  if (!listDelegatedCalls(foldEvents(events, snapshot)).includes(call)) return;
  await deliverUnknownResult(ports, session, call, reason, givenUp);
  ports.engine.wakeSession(session);
}

/**
 * Delivers an unknown result for each delegated call whose session is damaged; it is in the inbox when this
 * resolves.
 */
export async function reportDamagedChildren(
  ports: RunnerPorts,
  session: string,
  state: SessionState,
  givenUp: () => boolean,
): Promise<void> {
  for (const call of listDelegatedCalls(state)) {
    const row = await ports.engine.sessions.findSession(createChildId(session, call));
    if (row && row.damaged !== null) await deliverUnknownResult(ports, session, call, row.damaged, givenUp);
  }
}

/** Returns the started calls whose work another session does. */
function listDelegatedCalls({ turn }: SessionState): string[] {
  const tools = turn?.tools ?? [];
  return tools.filter(({ phase, child }) => phase === 'started' && child !== null).map(({ call }) => call);
}

function deliverUnknownResult(
  ports: RunnerPorts,
  session: string,
  call: string,
  reason: string,
  givenUp: () => boolean,
): Promise<void> {
  const { engine, clock } = ports;
  const id = createResultId(idempotencyKey(engine.store, session, call));
  const content = createTextContent(`its journal cannot be read (${reason})`);
  const input = { kind: 'result', id, call, outcome: 'unknown', content } as const;
  const delivery = { session, agent: null, input, at: clock.now() };
  return retryUntilDurable(
    ports,
    session,
    async () => void (await engine.sessions.deliver(delivery)),
    givenUp,
  );
}
