import { listToolCalls } from '../../core/model/message.ts';
import { addEntry, type Conversation, findEntry, replaceEntry } from './conversation.ts';
import type { CallEntry } from './entries.ts';
import { splitOutput } from './files.ts';
import type { WireEventOf } from './item.ts';

/** Adds the tool calls that a finished model call requests. */
export function requestCalls(
  view: Conversation,
  { at, step, content }: WireEventOf<'model_call_finished'>,
): Conversation {
  return listToolCalls(step, content).reduce((before, { call, part }) => {
    const known = { tool: String(part['toolName']), input: part['input'] };
    return addCall(before, { ...createCall(call, at), ...known });
  }, view);
}

/** Adds a call, unless the conversation already has it. */
export function addCall(view: Conversation, call: CallEntry): Conversation {
  return findEntry(view, 'call', call.call) ? view : addEntry(view, call);
}

export function startCall(view: Conversation, event: WireEventOf<'tool_call_started'>): Conversation {
  const { at, attempt, generation, revision } = event;
  const started = { at, attempt, generation, revision };
  return updateCall({ ...view, started }, event, { state: 'running', started });
}

export function finishCall(view: Conversation, event: WireEventOf<'tool_call_finished'>): Conversation {
  const state = event.output.type === 'error-text' ? 'failed' : 'finished';
  return updateCall(view, event, { ...splitOutput(event.output), state, status: null, endedAt: event.at });
}

/** Ends a call that has no output: `result` is the reason, null when it is not known. */
export function endCall(
  view: Conversation,
  event: { call: string; at: number; reason?: string | undefined },
  state: 'refused' | 'cancelled' | 'unknown',
): Conversation {
  return updateCall(view, event, { state, result: event.reason ?? null, status: null, endedAt: event.at });
}

/** Changes a call; one whose request was not seen is added without its tool. */
export function updateCall(
  view: Conversation,
  { call, at }: { call: string; at: number },
  change: Partial<CallEntry>,
): Conversation {
  const known = findEntry(view, 'call', call);
  if (!known) return addEntry(view, { ...createCall(call, at), ...change });
  return replaceEntry(view, { ...known, ...change });
}

/** Creates a call that was requested and has not started. */
export function createCall(call: string, at: number | null): CallEntry {
  const open = { tool: null, state: 'requested', started: null } as const;
  const nothing = { result: null, files: [], status: null, endedAt: null };
  return { kind: 'call', key: `call:${call}`, at, call, ...open, ...nothing };
}
