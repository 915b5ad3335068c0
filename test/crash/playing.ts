import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireEvent } from '../../src/protocol/events.ts';
import type { TranscriptPage } from '../../src/protocol/messages.ts';
import type { CountingServer } from '../support/counting-server.ts';
import type { Daemon } from '../support/daemon.ts';
import { followAcrossRestarts, retryUntilAccepted } from './patience.ts';
import { type Scenario, SESSION } from './scenarios/scenario.ts';

export interface Line {
  role: string;
  call: string | undefined;
  text: string;
  outcome?: string | undefined;
}

/** The result of playing a scenario: its outcomes, its transcript and its effects. */
export interface Played {
  conversation: Line[];
  events: WireEvent[];
  /** The number of times that each effect outside happened. */
  counts: Map<string, number>;
}

/** Plays a scenario on a daemon until each input has its outcome; the daemon may be killed meanwhile. */
export async function playOn(daemon: Daemon, scenario: Scenario, world: CountingServer): Promise<Played> {
  const { client } = daemon;
  const send = (id: string, text: string, mode: 'steer' | 'queue' = 'steer') =>
    retryUntilAccepted(() => client.sendMessage(SESSION, { id, text, mode })).then(() => {});
  const inputs = await scenario.play(send, daemon);
  const events = await untilClosed(daemon, inputs);
  const { messages } = await retryUntilAccepted(() => client.readTranscript(SESSION));
  const counts = new Map([...world.counts, ['job', jobRuns(daemon)]]);
  return { conversation: linesOf(messages), events, counts };
}

/**
 * Returns the transcript as users read it, without the notes about restarts. Results of parallel calls come in the
 * order of the calls.
 */
function linesOf(messages: TranscriptPage['messages']): Line[] {
  const said = messages.filter(({ role }) => role !== 'system');
  const lines = said.map(({ role, call, text, outcome }) => ({ role, call, text, outcome }));
  // Sorts by the answer, then by its call, so that a result stays behind the answer that requested it.
  let answer = 0;
  const placed = lines.map((line) => {
    if (!line.call) answer += 1;
    return { line, answer, call: line.call ?? '' };
  });
  placed.sort((a, b) => a.answer - b.answer || a.call.localeCompare(b.call));
  return placed.map(({ line }) => line);
}

/** Returns how often the shell command ran, by its own count. */
function jobRuns({ home }: Daemon): number {
  const file = join(home.work, 'ran');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

/** Follows the session across restarts until each input has its outcome; returns all events. */
async function untilClosed({ client }: Daemon, inputs: string[]): Promise<WireEvent[]> {
  const open = new Set(inputs);
  const events: WireEvent[] = [];
  for await (const event of followAcrossRestarts(client, SESSION)) {
    events.push(event);
    if (event.type === 'turn_finished' || event.type === 'input_closed') {
      for (const id of event.inputs) open.delete(id);
    }
    if (open.size === 0) break;
  }
  return events;
}
