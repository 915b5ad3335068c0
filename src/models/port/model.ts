import type { LanguageModelV4, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ModelInterruption, TokenUsage } from '../../core/model/events.ts';
import type { AssistantPart, FilePart, ModelMessage } from '../../core/model/message.ts';
import type { FileSupport, PromptRules } from '../prompt/rules.ts';

/**
 * The port to models: the AI SDK provider interface, in which one `doStream` is one step. `callModel` (call.ts)
 * reads the stream to its end and reports how it ended, so that no other module handles stream parts or provider
 * errors.
 */
export type Model = LanguageModelV4 & {
  /** Masks this model's credentials in a foreign text, such as an error message. */
  redact?(text: string): string;
  /** The limits of what the provider accepts in a request; absent for a model that accepts anything. */
  rules?: PromptRules | undefined;
  /** What the model takes besides text; absent for a model that takes everything. */
  files?: FileSupport;
};

export interface ModelRequest {
  model: Model;
  /** The agent's instructions; sent as the system message. */
  instructions: string;
  history: readonly ModelMessage[];
  tools: readonly LanguageModelV4FunctionTool[];
  maxOutputTokens?: number;
  /** The estimated share of the context window that the prompt takes, from 0 to 1. */
  fill?: number;
  /** Stops the call when aborted; its reason is `cancelled` or `shutdown`. */
  signal: AbortSignal;
  /** Reads the bytes of a file of the history; without it, no file is sent. */
  readFile?(file: FilePart): Promise<Uint8Array | undefined>;
  /** Stores a file that the model has generated; without it, generated files are left out. Rejects when it cannot. */
  storeFile?(file: GeneratedFile): Promise<FilePart>;
  /** Called with each piece of the answer as it arrives. Must not throw. */
  onPart(part: AnswerPart): void;
}

/** A file that a model has generated as part of its answer. */
export interface GeneratedFile {
  data: Uint8Array;
  mediaType: string;
}

/** A piece of an answer that is still being written. */
export type AnswerPart =
  | { kind: 'text' | 'reasoning'; text: string }
  /** A piece of the arguments of the answer's tool call number `position`, from 1. */
  | { kind: 'tool_input'; position: number; tool: string; text: string };

/** How a model call ended; `callModel` never rejects. */
export type ModelResult =
  | { kind: 'finished'; content: AssistantPart[]; finish: string; usage: TokenUsage }
  | {
      kind: 'interrupted';
      cause: Exclude<ModelInterruption, 'crash'>;
      /**
       * One sentence for operators and users: what the provider reported and what to do. Never contains
       * credentials.
       */
      reason: string;
      /** The answer text that had arrived before the interruption. */
      partial: string;
      /** The wait that the provider asks for, in milliseconds from now. */
      retryAfter?: number;
      /** Tokens that the provider reported in spite of the failure. */
      usage?: TokenUsage;
    };

/** Finds the model that `"<provider>/<model>"` names. Throws UnknownModelError with the nearest names. */
export interface Models {
  get(name: string): Model;
  /** How many calls of this model's provider may run at once. */
  concurrency(name: string): number;
}
