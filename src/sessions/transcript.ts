import { setImmediate } from 'node:timers/promises';
import type { Recorded } from '../core/model/events.ts';
import { type ToolOutput, textOf } from '../core/model/message.ts';
import type { DamagedRecord, Journal } from '../journal/journal.ts';
import type { TranscriptMessage } from './sessions.ts';

const PAGE = 500;

/** Events before the first one asked for that are read for what they say about it. */
const LOOK_BACK = 1_000;

/**
 * The conversation as people read it: what was said in the order in which the model saw it, each message at the
 * position of the event that put it there. Messages that wait for their turn are not part of it yet.
 */
export async function readTranscript(
  journal: Pick<Journal, 'events'>,
  session: string,
  after: number,
  limit: number,
): Promise<TranscriptMessage[]> {
  const near = await read(journal, session, after - LOOK_BACK, after, limit);
  // Something waited, or took, for longer than that.
  return near.complete || after <= LOOK_BACK
    ? near.messages
    : (await read(journal, session, 0, after, limit)).messages;
}

async function read(
  journal: Pick<Journal, 'events'>,
  session: string,
  start: number,
  after: number,
  limit: number,
): Promise<{ messages: TranscriptMessage[]; complete: boolean }> {
  const reader = new TranscriptReader();
  const messages: TranscriptMessage[] = [];
  for (let position = Math.max(0, start); messages.length < limit; ) {
    const page = await journal.events(session, position, PAGE);
    for (const event of page) {
      const found = reader.read(event);
      if (event.seq > after) messages.push(...found);
      else reader.complete = true;
    }
    position = page.at(-1)?.seq ?? position;
    if (page.length < PAGE) break;
    // Whoever else wants something has a turn between two pages.
    await setImmediate();
  }
  return { messages: messages.slice(0, limit), complete: reader.complete };
}

/** Remembers the inputs and calls that later events refer to by name. */
class TranscriptReader {
  readonly #inputs = new Map<string, string>();
  readonly #tools = new Map<string, string>();
  /** Everything that was referred to was known. */
  complete = true;

  read(event: Recorded | DamagedRecord): TranscriptMessage[] {
    const { seq, at } = event;
    switch (event.type) {
      case 'input_received':
        if (event.input.kind === 'message') this.#inputs.set(event.input.id, event.input.text);
        return [];
      case 'turn_started':
      case 'turn_joined':
        return event.inputs.map((input) => ({ seq, at, role: 'user', text: this.#take(input), input }));
      case 'model_call_finished':
        return [this.#answer(event)];
      case 'tool_call_finished':
        return [this.#result(event, 'finished', textOfOutput(event.output))];
      case 'tool_call_refused':
        return [this.#result(event, 'refused', event.reason)];
      case 'child_cancelled':
        return [this.#result(event, 'refused', event.reason)];
      case 'tool_call_outcome_unknown':
        return [this.#result(event, 'unknown', '')];
      case 'system_note_added':
        return [{ seq, at, role: 'system', text: event.text }];
      case 'history_compacted':
        return [{ seq, at, role: 'system', text: event.summary, replaces: event.dropped }];
      default:
        return [];
    }
  }

  #take(input: string): string {
    const text = this.#inputs.get(input);
    this.#inputs.delete(input);
    if (text === undefined) this.complete = false;
    return text ?? '';
  }

  #answer(event: Recorded & { type: 'model_call_finished' }): TranscriptMessage {
    const { seq, at, step, content } = event;
    const parts = content.filter((part) => part.type === 'tool-call' && !part.providerExecuted);
    const calls = parts.flatMap((part, position) => {
      if (part.type !== 'tool-call') return [];
      const call = `${step}.${position + 1}`;
      this.#tools.set(call, part.toolName);
      return [{ call, tool: part.toolName, input: part.input }];
    });
    const text = textOf({ role: 'assistant', content });
    return { seq, at, role: 'assistant', text, ...(calls.length > 0 ? { calls } : {}) };
  }

  #result(
    { seq, at, call }: { seq: number; at: number; call: string },
    outcome: TranscriptMessage['outcome'],
    text: string,
  ): TranscriptMessage {
    const tool = this.#tools.get(call);
    this.#tools.delete(call);
    if (tool === undefined) this.complete = false;
    return { seq, at, role: 'tool', text, call, ...(tool ? { tool } : {}), ...(outcome ? { outcome } : {}) };
  }
}

function textOfOutput(output: ToolOutput): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : output.value;
}
