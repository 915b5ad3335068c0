import type { Elicitation } from './elicitation.ts';
import type {
  Blame,
  BlobRef,
  Input,
  ModelCallPurpose,
  ModelInterruption,
  SessionHandover,
  TokenUsage,
} from './events.ts';
import type { AssistantPart, Json, ToolOutput } from './message.ts';
import type { Environment, NextAction } from './next-action.ts';

/** A command to the core: an input, the start or end of a step, a question, or a change of the generation. */
export type Command =
  | { type: 'receive'; agent: string; input: Input }
  | { type: 'begin'; step: Exclude<NextAction, { kind: 'abort' | 'wait' }> }
  | { type: 'end_model_call'; step: number; result: ModelCallEnd }
  | { type: 'end_tool_call'; call: string; result: ToolCallEnd }
  /** A running tool call asks an approver a question and waits for the answer. */
  | { type: 'ask'; call: string; inquiry: Elicitation }
  /** Withdraws the questions of running calls because their process is leaving, or `only` one that is not needed. */
  | { type: 'withdraw'; only?: { call: string; key: string } }
  /** This generation continues a turn that an earlier generation began. */
  | ({ type: 'take_over' } & SessionHandover);

export type ModelCallEnd =
  | { kind: 'finished'; content: AssistantPart[]; finish: string; usage?: TokenUsage }
  | {
      kind: 'interrupted';
      cause: Exclude<ModelInterruption, 'crash'>;
      reason: string;
      partial: string;
      retryAfter?: number;
      usage?: TokenUsage;
    };

export type ToolCallEnd =
  | { kind: 'finished'; output: ToolOutput; blob?: BlobRef }
  /** The call ended with questions; the tool wants to be called again with the results and with `resume`. */
  | { kind: 'asked'; questions: Elicitation[]; resume: Json }
  /** The generation stopped waiting because it drains; a resumable call continues outside the process. */
  | { kind: 'interrupted' };

/** The environment plus what events record and neither the state nor the command contains. */
export interface DecisionContext extends Environment {
  generation: number;
  revision: number;
  /** The id of the session that the command is for. */
  session: string;
  /** The models that the session's agent uses now, one for answers and one for summaries. */
  models: Record<ModelCallPurpose, string>;
  /** How much the death of the process that ran the session before counts against the steps that it lost. */
  blame: Blame;
  /** Milliseconds until a question that a tool asks expires. */
  patience: number;
  key(call: string): string;
}
