import { request } from 'node:http';
import type { LiveText, TextChange } from '../port/live-text.ts';

/**
 * Relays the text of another generation's model calls into this generation's live text, until that generation
 * ends. Returns the function that stops it. A broken connection loses only the text in between, because complete
 * answers come from the journal.
 */
export function relayText(socketPath: string, into: LiveText): () => void {
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
function applyLine(line: string, into: LiveText, running: RunningCalls): boolean {
  try {
    applyTextChange(JSON.parse(line), into, running);
    return true;
  } catch {
    return false;
  }
}

function applyTextChange(change: TextChange, into: LiveText, running: RunningCalls): void {
  const { session } = change;
  if ('step' in change) {
    const { step, attempt } = change;
    running.set(session, { step, attempt });
    into.startCall(session, step, attempt);
  }
  const call = running.get(session);
  if (!call) return;
  if ('text' in change) into.appendText(session, change.text, call.step, call.attempt);
  else {
    running.delete(session);
    into.endCall(session, call.step, call.attempt);
  }
}
