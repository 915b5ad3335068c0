import type { RecordedEvent } from '../core/model/events.ts';
import { listToolCalls, type ToolCallPart, type ToolOutput } from '../core/model/message.ts';
import type { DamagedRecord, EventLog } from '../journal/event-log.ts';
import { mapJson } from '../util/lossless-json.ts';
import { readPages } from './read-pages.ts';
import type { SessionEffect } from './sessions.ts';

/**
 * Reads what a session did to the world, or was refused: every call whose effect is not `read`, at the
 * position of the event that started or refused it. `redact` removes secrets from the arguments.
 */
export async function readEffects(
  journal: EventLog,
  session: string,
  after: number,
  limit: number,
  redact: (text: string) => string,
): Promise<SessionEffect[]> {
  const reader = new EffectReader(after, limit);
  const read = (position: number, size: number) => journal.readEvents(session, position, size);
  for await (const page of readPages(read)) {
    for (const event of page) reader.foldEffect(event);
    if (reader.isDone) break;
  }
  return reader.found.map((effect) => ({ ...effect, input: mapJson(effect.input, redact) }));
}

type Call = Pick<ToolCallPart, 'toolName' | 'input'>;

/** Builds the list of effects from events, remembering the calls that later events refer to by name. */
class EffectReader {
  readonly found: SessionEffect[] = [];
  readonly #after: number;
  readonly #limit: number;
  readonly #calls = new Map<string, Call>();
  /** Effects whose call has started and not ended so far, by call. */
  readonly #open = new Map<string, SessionEffect>();

  constructor(after: number, limit: number) {
    this.#after = after;
    this.#limit = limit;
  }

  /** Whether the remaining events cannot change what was found. */
  get isDone(): boolean {
    return this.found.length === this.#limit && this.#open.size === 0;
  }

  foldEffect(event: RecordedEvent | DamagedRecord): void {
    switch (event.type) {
      case 'model_call_finished':
        this.#rememberCalls(event);
        break;
      case 'tool_call_started':
        this.#startEffect(event);
        break;
      case 'tool_call_finished':
        this.#endEffect(event, isFailure(event.output) ? 'failed' : 'finished');
        break;
      case 'tool_call_asked':
        this.#markAsking(event.call);
        break;
      case 'tool_call_outcome_unknown':
        this.#endEffect(event, 'unknown');
        break;
      case 'tool_call_refused':
        this.#refuseCall(event);
        break;
    }
  }

  #rememberCalls({ step, content }: RecordedEvent & { type: 'model_call_finished' }): void {
    for (const { call, part } of listToolCalls(step, content)) this.#calls.set(call, part);
  }

  #startEffect(event: RecordedEvent & { type: 'tool_call_started' }): void {
    const { seq, at, call, effect, key, attempt } = event;
    const known = this.#open.get(call);
    if (known) Object.assign(known, { attempts: attempt, outcome: 'running' });
    if (known || effect === 'read') return;
    this.#addEffect({
      ...this.#describeCall(seq, call),
      effect,
      key,
      attempts: attempt,
      startedAt: at,
      endedAt: null,
      outcome: 'running',
    });
  }

  /** Keeps the effect open, because the call is made again once its questions are answered. */
  #markAsking(call: string): void {
    const effect = this.#open.get(call);
    if (effect) effect.outcome = 'asking';
  }

  #refuseCall({ seq, at, call, reason }: RecordedEvent & { type: 'tool_call_refused' }): void {
    const known = this.#open.get(call);
    if (known) {
      Object.assign(known, { reason });
      this.#endEffect({ call, at }, 'refused');
      return;
    }
    const never = { effect: null, key: null, attempts: 0, startedAt: null };
    this.#addEffect({ ...this.#describeCall(seq, call), ...never, endedAt: at, outcome: 'refused', reason });
    this.#calls.delete(call);
  }

  #addEffect(effect: SessionEffect): void {
    if (effect.seq <= this.#after || this.found.length === this.#limit) return;
    this.found.push(effect);
    if (effect.outcome === 'running') this.#open.set(effect.call, effect);
  }

  #endEffect({ call, at }: { call: string; at: number }, outcome: SessionEffect['outcome']): void {
    const effect = this.#open.get(call);
    this.#open.delete(call);
    this.#calls.delete(call);
    if (effect) Object.assign(effect, { endedAt: at, outcome });
  }

  #describeCall(seq: number, call: string): Pick<SessionEffect, 'seq' | 'call' | 'tool' | 'input'> {
    const { toolName = '', input = null } = this.#calls.get(call) ?? {};
    return { seq, call, tool: toolName, input };
  }
}

function isFailure({ type }: ToolOutput): boolean {
  return type === 'error-text' || type === 'execution-denied';
}
