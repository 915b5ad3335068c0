import type { Command } from './model/command.ts';
import type { SessionEvent } from './model/events.ts';

/**
 * What goes first when an input and an end compete: a decision or a cancel that was durable before the end of a
 * question, a message or a turn holds, whatever timer or step would have ended it.
 */

/**
 * Whether the events end something that an input may still decide. Such an append is refused while the inbox has a
 * decision or a cancel that the session has not read.
 */
export function yieldsToInput(events: readonly SessionEvent[]): boolean {
  return events.some((event) => {
    if (event.type === 'approval_resolved') {
      return event.decision === 'expired' || event.decision === 'superseded';
    }
    return event.type === 'turn_finished' || event.type === 'input_closed';
  });
}

/** Decisions come before the ends of the calls that asked; other inputs come after what has ended until now. */
export function orderCommands(own: readonly Command[], received: readonly Command[]): Command[] {
  const decisions = received.filter(isDecision);
  return [...decisions, ...own, ...received.filter((command) => !isDecision(command))];
}

function isDecision(command: Command): boolean {
  return command.type === 'receive' && command.input.kind === 'approval';
}
