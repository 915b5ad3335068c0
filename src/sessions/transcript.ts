import type { RecordedEvent } from '../core/model/events.ts';
import {
  type Content,
  extractContent,
  type FilePart,
  joinTexts,
  listFiles,
  listToolCalls,
  type ToolOutput,
} from '../core/model/message.ts';
import { formatOutput } from '../core/model/size.ts';
import type { DamagedRecord, EventLog } from '../journal/event-log.ts';
import { readPages } from './read-pages.ts';
import type { TranscriptMessage } from './sessions.ts';

/** Number of earlier events that are read for the inputs and calls that the requested events refer to. */
const LOOK_BACK = 1_000;

/**
 * Reads the conversation: messages in the order in which the model saw them, each at the position of the
 * event that added it. Messages that still wait for their turn are not part of it.
 */
export async function readTranscript(
  journal: EventLog,
  session: string,
  after: number,
  limit: number,
): Promise<TranscriptMessage[]> {
  const near = await readMessages(journal, session, after - LOOK_BACK, after, limit);
  // A message waited, or a call ran, for longer than the look-back covers.
  return near.complete || after <= LOOK_BACK
    ? near.messages
    : (await readMessages(journal, session, 0, after, limit)).messages;
}

async function readMessages(
  journal: EventLog,
  session: string,
  start: number,
  after: number,
  limit: number,
): Promise<{ messages: TranscriptMessage[]; complete: boolean }> {
  const reader = new TranscriptReader();
  const messages: TranscriptMessage[] = [];
  const read = (position: number, size: number) => journal.readEvents(session, position, size);
  for await (const page of readPages(read, { after: Math.max(0, start) })) {
    for (const event of page) {
      const found = reader.readEvent(event);
      if (event.seq > after) messages.push(...found);
      else reader.complete = true;
    }
    if (messages.length >= limit) break;
  }
  return { messages: messages.slice(0, limit), complete: reader.complete };
}

/** Builds messages from events, remembering the inputs and calls that later events refer to by name. */
class TranscriptReader {
  readonly #inputs = new Map<string, Content>();
  readonly #tools = new Map<string, string>();
  /** Whether every input and call that an event referred to was known. */
  complete = true;

  readEvent(event: RecordedEvent | DamagedRecord): TranscriptMessage[] {
    const { seq, at } = event;
    switch (event.type) {
      case 'input_received':
        if (event.input.kind === 'message') this.#inputs.set(event.input.id, event.input.content);
        return [];
      case 'turn_started':
      case 'turn_joined':
        return event.inputs.map((input) => ({
          ...{ seq, at, role: 'user', input },
          ...toMessageContent(this.#takeInput(input)),
        }));
      case 'model_call_finished':
        return [this.#answerMessage(event)];
      case 'tool_call_finished':
        return [this.#toolMessage(event, 'finished', readOutput(event.output))];
      case 'tool_call_refused':
        return [this.#toolMessage(event, 'refused', { text: event.reason })];
      case 'child_cancelled':
        return [this.#toolMessage(event, 'refused', { text: event.reason })];
      case 'tool_call_outcome_unknown':
        return [this.#toolMessage(event, 'unknown', { text: '' })];
      case 'system_note_added':
        return [{ seq, at, role: 'system', text: event.text }];
      case 'history_compacted':
        return [{ seq, at, role: 'system', text: event.summary, replaces: event.dropped }];
      default:
        return [];
    }
  }

  #takeInput(input: string): Content {
    const content = this.#inputs.get(input);
    this.#inputs.delete(input);
    if (content === undefined) this.complete = false;
    return content ?? [];
  }

  #answerMessage(event: RecordedEvent & { type: 'model_call_finished' }): TranscriptMessage {
    const { seq, at, step, content } = event;
    const calls = listToolCalls(step, content).map(({ call, part }) => {
      this.#tools.set(call, part.toolName);
      return { call, tool: part.toolName, input: part.input };
    });
    const said = toMessageContent(extractContent(content));
    return { seq, at, role: 'assistant', ...said, ...(calls.length > 0 ? { calls } : {}) };
  }

  #toolMessage(
    { seq, at, call }: { seq: number; at: number; call: string },
    outcome: TranscriptMessage['outcome'],
    said: MessageContent,
  ): TranscriptMessage {
    const tool = this.#tools.get(call);
    this.#tools.delete(call);
    if (tool === undefined) this.complete = false;
    return {
      seq,
      at,
      role: 'tool',
      ...said,
      call,
      ...(tool ? { tool } : {}),
      ...(outcome ? { outcome } : {}),
    };
  }
}

type MessageContent = Pick<TranscriptMessage, 'text' | 'files'>;

function toMessageContent(content: Content): MessageContent {
  const files: FilePart[] = listFiles(content);
  return { text: joinTexts(content), ...(files.length > 0 ? { files } : {}) };
}

function readOutput(output: ToolOutput): MessageContent {
  return output.type === 'content' ? toMessageContent(output.value) : { text: formatOutput(output) };
}
