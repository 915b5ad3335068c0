import type { Command } from './model/command.ts';
import type { SessionEvent } from './model/events.ts';

/**
 * Decides the order when an input and an end compete: a decision or a cancel that was durable before the end of a
 * question, a message or a turn wins, whatever timer or step would have ended it.
 */

/**
 * Checks whether the events end something that an input may still decide. The journal refuses such an append while the
 * inbox has a decision or a cancel that the session has not read.
 */
export function yieldsToInput(events: readonly SessionEvent[]): boolean {
  return events.some((event) => {
    if (event.type === 'approval_resolved') {
      return event.decision === 'expired' || event.decision === 'superseded';
    }
    return event.type === 'turn_finished' || event.type === 'input_closed';
  });
}

/** Returns the commands in order: decisions before the ends of the calls that asked, all other inputs after them. */
export function orderCommands(own: readonly Command[], received: readonly Command[]): Command[] {
  const decisions = received.filter(isDecision);
  return [...decisions, ...own, ...received.filter((command) => !isDecision(command))];
}

function isDecision(command: Command): boolean {
  return command.type === 'receive' && command.input.kind === 'approval';
}
