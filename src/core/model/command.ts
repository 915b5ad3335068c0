import type { Inquiry } from './elicitation.ts';
import type { Blame, BlobRef, Handover, Input, ModelInterruption, Purpose, Usage } from './events.ts';
import type { AssistantPart, Json, ToolOutput } from './message.ts';
import type { Policy, Step } from './next-action.ts';

/** What happened to the session, or is about to. */
export type Command =
  | { type: 'receive'; agent: string; input: Input }
  | { type: 'begin'; step: Exclude<Step, { kind: 'abort' | 'wait' }> }
  | { type: 'end_model_call'; step: number; result: ModelEnd }
  | { type: 'end_tool_call'; call: string; result: ToolEnd }
  /** A call that runs asks people something, and waits. */
  | { type: 'ask'; call: string; inquiry: Inquiry }
  /** Running calls cannot wait for people any longer, for their process leaves; or one question is not needed. */
  | { type: 'withdraw'; only?: { call: string; key: string } }
  /** This generation goes on with what an earlier one began. */
  | ({ type: 'take_over' } & Handover);

export type ModelEnd =
  | { kind: 'finished'; content: AssistantPart[]; finish: string; usage?: Usage }
  | {
      kind: 'interrupted';
      cause: Exclude<ModelInterruption, 'crash'>;
      reason: string;
      partial: string;
      retryAfter?: number;
    };

export type ToolEnd =
  | { kind: 'finished'; output: ToolOutput; blob?: BlobRef }
  /** It wants to be called again with the answers, and with `resume`. */
  | { kind: 'asked'; questions: Inquiry[]; resume: Json }
  /** We stopped waiting for it to hand over; a resumable call goes on outside. */
  | { kind: 'interrupted' };

/** What events carry that neither the state nor the command knows. */
export interface Context extends Policy {
  generation: number;
  revision: number;
  /** The name of the session. */
  session: string;
  /** The models that the session's agent uses now, for answers and for summaries. */
  models: Record<Purpose, string>;
  /** What the death of the process that ran the session before says about the steps that it lost. */
  blame: Blame;
  /** Milliseconds until a question of a tool expires. */
  patience: number;
  key(call: string): string;
}
