import type { WireEvent } from '../../protocol/events.ts';
import { closeModelCall, finishAnswer, interruptAnswer, startModelCall } from './answers.ts';
import { endCall, finishCall, requestCalls, startCall, updateCall } from './calls.ts';
import type { Conversation } from './conversation.ts';
import { addDelta } from './deltas.ts';
import type { ConversationItem, WireEventOf } from './item.ts';
import { addOutgoing, advanceMessages, endInputs, startTurn, storeMessage } from './messages.ts';
import { addNotice, addRetry, holdInterruption, releaseHeld } from './notices.ts';
import { closeRelayed, openQuestion, relayQuestion, resolveQuestion } from './questions.ts';

/**
 * Folds one item into a conversation: an event or a delta of the session, or what the client itself does. Pure:
 * the same items in the same order give the same conversation. Events up to `view.seq` and text that is already
 * there return `view` itself, so a client may fold everything that arrives after a reconnect.
 */
export function evolveConversation(view: Conversation, item: ConversationItem): Conversation {
  switch (item.kind) {
    case 'event':
      return item.event.seq <= view.seq ? view : evolveEvent({ ...view, seq: item.event.seq }, item.event);
    case 'unknown': {
      const { seq, type } = item;
      return seq <= view.seq
        ? view
        : addNotice({ ...view, seq }, { seq, at: null }, { notice: 'unknown', type });
    }
    case 'delta':
      return addDelta(view, item.delta);
    case 'sent':
      return addOutgoing(view, item);
    case 'accepted':
      return advanceMessages(view, [item.input], 'stored');
    case 'refused':
      return advanceMessages(view, [item.input], 'refused', item.reason);
  }
}

function evolveEvent(view: Conversation, event: WireEvent): Conversation {
  switch (event.type) {
    case 'retry_scheduled':
      return addRetry(view, event);
    case 'session_handed_over':
      return { ...view, restart: { cause: event.cause, tell: event.tell } };
    default:
      return evolveStep(releaseHeld(view, event), event);
  }
}

/** Folds the events of model calls and tool calls. */
function evolveStep(view: Conversation, event: WireEvent): Conversation {
  switch (event.type) {
    case 'model_call_started':
      return startModelCall(view, event);
    case 'model_call_finished':
      return requestCalls(finishAnswer(view, event), event);
    case 'model_call_interrupted':
      return holdInterruption(interruptAnswer(view, event), event);
    case 'tool_call_started':
      return startCall(view, event);
    case 'tool_call_asked':
      return updateCall(view, event, { state: 'asking', status: null });
    case 'tool_call_interrupted':
      return holdInterruption(updateCall(view, event, { state: 'interrupted', status: null }), event);
    case 'tool_call_finished':
      return closeRelayed(finishCall(view, event), event.at, event.call);
    case 'tool_call_refused':
      return endCall(view, event, 'refused');
    case 'child_cancelled':
      return endCall(view, event, 'cancelled');
    case 'tool_call_outcome_unknown':
      return closeRelayed(endCall(view, event, 'unknown'), event.at, event.call);
    default:
      return evolveSession(view, event);
  }
}

/** Folds the events of messages, turns, questions and the session itself. */
function evolveSession(view: Conversation, event: WireEvent): Conversation {
  switch (event.type) {
    case 'session_created':
      return { ...view, agent: event.agent };
    case 'input_received':
      return evolveInput(view, event);
    case 'turn_started':
      return startTurn(view, event);
    case 'turn_joined':
      return advanceMessages(view, event.inputs, 'working');
    case 'turn_finished':
      return endInputs(closeRelayed(view, event.at), event);
    case 'input_closed':
      return endInputs(view, event);
    case 'approval_requested':
      return openQuestion(view, event);
    case 'approval_resolved':
      return resolveQuestion(view, event);
    case 'history_compacted':
      return addNotice(closeModelCall(view, event), event, {
        notice: 'compaction',
      });
    case 'session_quarantined':
      return addNotice({ ...view, quarantine: event.reason }, event, {
        notice: 'quarantine',
        reason: event.reason,
      });
    case 'session_released':
      return { ...view, quarantine: null };
    case 'damaged':
      return addNotice(view, event, { notice: 'damage', reason: event.reason });
    default:
      return view;
  }
}

function evolveInput(view: Conversation, { input, at }: WireEventOf<'input_received'>): Conversation {
  if (input.kind === 'message') return storeMessage(view, input, at);
  return input.kind === 'question' ? relayQuestion(view, input, at) : view;
}
