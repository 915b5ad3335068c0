import type { LanguageModelV4, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ModelInterruption, Usage } from '../../core/model/events.ts';
import type { AssistantPart, Message } from '../../core/model/message.ts';
import type { PromptRules } from '../prompt/rules.ts';

/**
 * The port to models is the AI SDK provider interface; one `doStream` is one step. `callModel` (call.ts) reads the
 * stream to its end and tells how it ended, so that nobody else has to know stream parts or provider errors.
 */
export type Model = LanguageModelV4 & {
  /** Takes this model's credentials out of a text that came from outside. */
  redact?(text: string): string;
  /** What its provider accepts in a request; absent for a model that accepts anything. */
  rules?: PromptRules | undefined;
};

export interface ModelRequest {
  model: Model;
  /** The agent's instructions; sent as the system message. */
  instructions: string;
  history: readonly Message[];
  tools: readonly LanguageModelV4FunctionTool[];
  maxOutputTokens?: number;
  /** The estimated share of the model's window that the prompt takes: 1 is all of it. */
  fill?: number;
  /** Reason `cancelled` or `shutdown` when aborted. */
  signal: AbortSignal;
  /** Called with each piece of answer text as it arrives. Must not throw. */
  onText(delta: string): void;
}

/** How a model call ended; `callModel` never rejects. */
export type ModelResult =
  | { kind: 'finished'; content: AssistantPart[]; finish: string; usage: Usage }
  | {
      kind: 'interrupted';
      cause: Exclude<ModelInterruption, 'crash'>;
      /** One sentence for people: what the provider said and what it means. Never contains credentials. */
      reason: string;
      /** Answer text that had arrived. */
      partial: string;
      /** The provider's wish, in milliseconds from now. */
      retryAfter?: number;
    };

/** Finds the model that `"<provider>/<model>"` names. Throws UnknownModelError with the nearest names. */
export interface Models {
  get(name: string): Model;
  /** How many calls of this model's provider may run at once. */
  concurrency(name: string): number;
}
