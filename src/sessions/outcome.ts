import type { RecordedEvent } from '../core/model/events.ts';
import { type Content, extractContent, joinTexts, listFiles } from '../core/model/message.ts';
import type { DamagedRecord } from '../journal/event-log.ts';
import { type FollowPorts, followSession } from './follow.ts';
import type { InputOutcome } from './sessions.ts';

/**
 * Follows a session until an event gives the input its outcome, and resolves with it and the last answer of the turn;
 * resolves with undefined when `signal` aborts first. Rejects with SessionNotFoundError.
 */
export async function waitForOutcome(
  ports: FollowPorts,
  session: string,
  input: string,
  after: number,
  signal: AbortSignal,
): Promise<InputOutcome | undefined> {
  let answer: Content = [];
  for await (const followed of followSession(ports, session, after, signal, { parts: false })) {
    if (followed.kind !== 'event') continue;
    const { event } = followed;
    if (event.type === 'turn_started') answer = [];
    if (event.type === 'model_call_finished') {
      const said = extractContent(event.content);
      if (said.length > 0) answer = said;
    }
    const end = outcomeFrom(event, input);
    if (end) return { ...end, ...describeAnswer(end.outcome === 'answered' ? answer : []) };
  }
  return undefined;
}

function describeAnswer(content: Content): Pick<InputOutcome, 'text' | 'files'> {
  const files = listFiles(content);
  return { text: joinTexts(content), ...(files.length > 0 ? { files } : {}) };
}

/** Returns the outcome that the event gives to the input; `undefined` when it gives none. */
function outcomeFrom(
  event: RecordedEvent | DamagedRecord,
  input: string,
): Omit<InputOutcome, 'text' | 'files'> | undefined {
  if (event.type !== 'turn_finished' && event.type !== 'input_closed') return undefined;
  if (!event.inputs.includes(input)) return undefined;
  const { outcome, reason } = event;
  return reason === undefined ? { outcome } : { outcome, reason };
}
