import type { ModelCallPurpose, ModelInterruption, Outcome, TokenUsage } from '../../core/model/events.ts';
import { defineEvent } from './define.ts';

/** Ids of the session that an event is about. */
interface InSession {
  session: string;
  turn: number;
}

interface OfCall extends InSession {
  /** `"<step>.<position>"`. */
  call: string;
  /** Absent when the call is not part of the turn's last answer. */
  tool?: string;
}

/** Events of running sessions. Those of a turn are projected from its journal (see `describeRecord`). */
export const SESSION_EVENTS = {
  'session:resumed': defineEvent(
    'debug',
    'A session with unfinished work was loaded after a start.',
  ).withFields<InSession & { held: boolean }>(),
  'session:taken_over': defineEvent(
    'debug',
    'This generation continues an open turn of another generation.',
  ).withFields<InSession & { from: number }>(),
  'session:damaged': defineEvent('warn', 'A session cannot be loaded and is set aside.').withFields<{
    session: string;
    reason: string;
  }>(),
  'session:quarantined': defineEvent(
    'warn',
    'A session was quarantined because its turn kept ending the process.',
  ).withFields<InSession & { reason?: string }>(),
  'session:fenced': defineEvent(
    'warn',
    'Another generation has the session; this one stops working on it.',
  ).withFields<{ session: string }>(),
  'turn:finished': defineEvent('info', 'A turn ended.').withFields<
    InSession & { agent: string; outcome: Outcome; reason?: string; ms?: number }
  >(),
  'turn:limit': defineEvent('warn', 'A turn used up one of its limits and ends because of it.').withFields<
    InSession & { limit: string; used: number; max: number }
  >(),
  'model:finished': defineEvent('debug', 'A model call ended with an answer.').withFields<
    InSession & {
      step: number;
      model: string;
      purpose: ModelCallPurpose;
      finish: string;
      usage?: TokenUsage;
      ms?: number;
    }
  >(),
  'model:interrupted': defineEvent('warn', 'A model call ended without an answer.').withFields<
    InSession & { step: number; model?: string; cause: ModelInterruption; reason?: string }
  >(),
  'model:unknown_finish': defineEvent(
    'warn',
    'A model call ended with a finish reason that this release does not know; its answer counts as complete.',
  ).withFields<InSession & { step: number; finish: string }>(),
  'tool:finished': defineEvent('info', 'A tool call returned a result.').withFields<
    OfCall & { ms?: number }
  >(),
  'tool:refused': defineEvent(
    'info',
    'A tool call was not run: denied, unknown tool, invalid arguments, or cancelled before it started.',
  ).withFields<OfCall & { reason?: string; ms?: number }>(),
  'tool:unknown': defineEvent(
    'warn',
    'A tool call was cut; whether it had its effect is unknown.',
  ).withFields<OfCall & { reason?: string; ms?: number }>(),
  'approval:requested': defineEvent('info', 'A call started to wait for an approver.').withFields<
    OfCall & { approval: string; rule: string }
  >(),
  'approval:resolved': defineEvent(
    'info',
    'An approval was decided, expired or became superfluous.',
  ).withFields<InSession & { approval: string; call: string; decision: string; by?: string }>(),
  'runner:failed': defineEvent('warn', 'An error that indicates a bug in the runner.').withFields<{
    session?: string;
    error: unknown;
  }>(),
};
