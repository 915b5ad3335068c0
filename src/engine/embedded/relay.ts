import { request } from 'node:http';
import type { LiveStream, StreamChange, StreamPart, ToolStatus } from '../port/live-stream.ts';

/**
 * Relays what another generation's running steps produce into this generation's live stream, until that generation
 * ends. Returns the function that stops it. A broken connection loses only the parts in between, because complete
 * answers come from the journal.
 */
export function relayLiveStream(socketPath: string, into: LiveStream): () => void {
  const running: RunningCalls = new Map();
  const asked = request({ socketPath, path: '/text', agent: false }, (answer) => {
    // `readline` also treats U+2028 as the end of a line, and models may write that character.
    let begun = '';
    answer.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${begun}${text}`.split('\n');
      begun = lines.pop() ?? '';
      if (!lines.every((line) => applyLine(line, into, running))) answer.destroy();
    });
    // The other generation ends, and its connections with it.
    answer.on('error', () => {});
    answer.once('close', () => {
      for (const [session, { step, attempt }] of running) into.endCall(session, step, attempt);
    });
  });
  asked.on('error', () => {});
  asked.end();
  return () => asked.destroy();
}

/** Model calls that run in the other generation, by session. */
type RunningCalls = Map<string, { step: number; attempt: number }>;

/**
 * Applies one line of the stream. Returns false when it is malformed, because another release must not be able to
 * crash this one.
 */
function applyLine(line: string, into: LiveStream, running: RunningCalls): boolean {
  try {
    applyChange(JSON.parse(line), into, running);
    return true;
  } catch {
    return false;
  }
}

type CallChange = Exclude<StreamChange, { status: ToolStatus } | { ended: string }>;

function applyChange(change: StreamChange, into: LiveStream, running: RunningCalls): void {
  const { session } = change;
  if ('status' in change) into.setToolStatus(session, change.status);
  else if ('ended' in change) into.endToolStatus(session, change.ended);
  else applyCallChange(change, into, running);
}

function applyCallChange(change: CallChange, into: LiveStream, running: RunningCalls): void {
  const { session } = change;
  if ('step' in change) {
    const { step, attempt } = change;
    running.set(session, { step, attempt });
    into.startCall(session, step, attempt);
  }
  const call = running.get(session);
  if (!call) return;
  const part = readPart(change);
  if (part) into.appendPart(session, part, call.step, call.attempt);
  if (!('end' in change)) return;
  running.delete(session);
  into.endCall(session, call.step, call.attempt);
}

/** Returns the part of a change; a release up to 0.2.0 sends text without its kind, also with the start. */
function readPart(change: CallChange): StreamPart | undefined {
  if ('kind' in change) {
    const { session: _, ...part } = change;
    return part;
  }
  const text = 'text' in change ? change.text : undefined;
  return text ? { kind: 'text', text } : undefined;
}
