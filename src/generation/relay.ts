import { request } from 'node:http';
import type { LiveText, TextChange } from '../runner/port/live-text.ts';

/**
 * Hears what the models of another generation say and puts it into our own live text, until that generation ends.
 * Returns the function that stops it. A connection that breaks costs the words in between, nothing else: what was
 * answered comes from the journal.
 */
export function relayText(socketPath: string, into: LiveText): () => void {
  const running: Running = new Map();
  const asked = request({ socketPath, path: '/text', agent: false }, (answer) => {
    // `readline` takes U+2028 for the end of a line, too, and models may write it.
    let begun = '';
    answer.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${begun}${text}`.split('\n');
      begun = lines.pop() ?? '';
      if (!lines.every((line) => heard(line, into, running))) answer.destroy();
    });
    // The other generation ends, and its connections with it.
    answer.on('error', () => {});
    answer.once('close', () => {
      for (const [session, { step, attempt }] of running) into.end(session, step, attempt);
    });
  });
  asked.on('error', () => {});
  asked.end();
  return () => asked.destroy();
}

/** The calls that run there. */
type Running = Map<string, { step: number; attempt: number }>;

/** False when it is not what a generation says: no other release may be able to end this one. */
function heard(line: string, into: LiveText, running: Running): boolean {
  try {
    hear(JSON.parse(line), into, running);
    return true;
  } catch {
    return false;
  }
}

function hear(change: TextChange, into: LiveText, running: Running): void {
  const { session } = change;
  if ('step' in change) {
    const { step, attempt } = change;
    running.set(session, { step, attempt });
    into.begin(session, step, attempt);
  }
  const call = running.get(session);
  if (!call) return;
  if ('text' in change) into.add(session, change.text, call.step, call.attempt);
  else {
    running.delete(session);
    into.end(session, call.step, call.attempt);
  }
}
