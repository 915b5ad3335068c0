import { expect } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';

/** Checks that no finished step starts again, that inputs and questions end once, and that events have no gaps. */
export function checkJournal(events: WireEvent[], where: string): void {
  const finished = new Set<string>();
  const closed = new Set<string>();
  for (const [index, event] of events.entries()) {
    expect(event.seq, where).toBe(index + 1);
    if (event.type === 'model_call_started') expect(finished.has(`m${event.step}`), where).toBe(false);
    if (event.type === 'model_call_finished' || event.type === 'history_compacted') {
      finished.add(`m${event.step}`);
    }
    if (event.type === 'tool_call_started') expect(finished.has(event.call), where).toBe(false);
    if (event.type === 'tool_call_finished') finished.add(event.call);
    if (event.type !== 'turn_finished' && event.type !== 'input_closed') continue;
    for (const input of event.inputs) {
      expect(closed.has(input), `${where}: ${input} ended twice`).toBe(false);
      closed.add(input);
    }
  }
  checkQuestions(events, where);
}

/** Checks the relayed questions of other sessions: each is asked once and then ends once. */
function checkQuestions(events: WireEvent[], where: string): void {
  const asked = new Map<string, string>();
  for (const event of events) {
    if (event.type !== 'input_received' || event.input.kind !== 'question') continue;
    const { approval, state } = event.input.question;
    expect(asked.get(approval), `${where}: ${approval}`).toBe(state === 'pending' ? undefined : 'pending');
    asked.set(approval, state);
  }
  expect([...asked.values()], where).not.toContain('pending');
}
