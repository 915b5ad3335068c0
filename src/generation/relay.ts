import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { LiveText, TextChange } from '../runner/live-text.ts';

/**
 * Hears what the models of another generation say and puts it into our own live text, until that generation ends.
 * Returns the function that stops it. A connection that breaks costs the words in between, nothing else: what was
 * answered comes from the journal.
 */
export function relayText(socketPath: string, into: LiveText): () => void {
  const running: Running = new Map();
  const asked = request({ socketPath, path: '/text', agent: false }, (answer) => {
    const lines = createInterface({ input: answer });
    lines.on('line', (line) => hear(JSON.parse(line), into, running));
    // The other generation ends, and its connections with it.
    lines.on('error', () => lines.close());
    lines.once('close', () => {
      for (const [session, { step, attempt }] of running) into.end(session, step, attempt);
    });
  });
  asked.on('error', () => {});
  asked.end();
  return () => asked.destroy();
}

/** The calls that run there. */
type Running = Map<string, { step: number; attempt: number }>;

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
