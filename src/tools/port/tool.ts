import type { CallResumption, Elicitation, ElicitationResult } from '../../core/model/elicitation.ts';
import type { Effect } from '../../core/model/events.ts';
import type { FilePart, Json, JsonObject, ToolOutput } from '../../core/model/message.ts';
import type { DelegatedTask } from '../../core/model/next-action.ts';

/**
 * Port of the runner to the world. A tool is described to the model, is run by the runner, and never sees the
 * journal.
 */
export interface Tool {
  name: string;
  /** Text for the model: what the tool does and when to use it. */
  description: string;
  /** JSON Schema of the arguments. The registry checks the arguments before `run`. */
  inputSchema: JsonObject;
  /**
   * Returns what these arguments do to the world. This decides what happens after an interruption
   * (docs/guide/tools.md).
   */
  effect(input: Json): Effect;
  /**
   * True when the work continues outside our process, so that `run` with the same key resumes it and never
   * starts it twice. Such a call is run again after an interruption, whatever its effect.
   */
  resumable?: boolean;
  /**
   * Returns which agent gets the work and what it is told, or a sentence for the model when these arguments are
   * invalid. `run` is then never called; the result of the call is that session's answer.
   */
  delegate?(input: Json): DelegatedTask | string;
  /** Time limit of a call in milliseconds, counted from its first start; the configured default when absent. */
  timeout?(input: Json): number | undefined;
  /**
   * Runs one attempt of a call. Must not reject: a failure is an `error-text` output. Must settle soon after
   * `context.signal` aborts, with everything it started ended; `signal.reason` is an `Interruption`.
   */
  run(input: Json, context: ToolContext): Promise<ToolOutput | CallElicitations>;
}

/**
 * Result of a call that cannot continue without answers from an approver. Until then the call may only have
 * asked: `run` is called once more with `ToolContext.answers`, and only then acts.
 */
export interface CallElicitations {
  type: 'questions';
  questions: Elicitation[];
  /** Opaque state of the tool, which comes back together with the answers. */
  resume: Json;
}

/** Context of one attempt of a call: its ids, its signal, and the ways to ask an approver. */
export interface ToolContext {
  session: string;
  /** Id of the call within its turn, as `"<step>.<position>"`. */
  call: string;
  /**
   * Idempotency key: the same in all attempts of a call, different for each call; safe as a file name and as an
   * HTTP header.
   */
  key: string;
  attempt: number;
  signal: AbortSignal;
  /** Answers of the approvers to the questions with which the call ended before. */
  answers?: CallResumption;
  /**
   * Asks an approver while the call continues, however long the answer takes. Never rejects. The answer is
   * `superseded` when the question is not asked, because the process is leaving or the call has asked too
   * often, and when `signal` aborts because the answer is no longer needed. Absent where no approver can be
   * asked.
   */
  ask?(question: Elicitation, signal?: AbortSignal): Promise<ElicitationResult>;
  /**
   * Stores a file that the call has produced, for its output to contain; it is on disk when this resolves. Rejects with
   * AttachmentTooLargeError. Absent where files cannot be stored.
   */
  storeFile?(file: ProducedFile): Promise<FilePart>;
  /** Shows followers of the session how far the call is, in one line that replaces the one before. Never throws. */
  report?(status: string): void;
}

/** A file that a tool has produced; the bytes decide about its type. */
export interface ProducedFile {
  data: Uint8Array;
  name?: string | undefined;
  mediaType?: string | undefined;
}

/**
 * Why a running call is asked to settle. After `cancelled` and `timeout`, the tool ends the work. After
 * `detach`, because this process is leaving, a resumable tool leaves its work running and returns at once;
 * other tools end it.
 */
export type Interruption = 'cancelled' | 'timeout' | 'detach';

/**
 * Milliseconds within which `run` must settle after its signal was aborted; then the turn continues without its
 * result. Everything that a tool does to end its work must fit in this time.
 */
export const SETTLE_LIMIT = 5_000;

/** Creates the output of a failed call; the model sees the message. */
export function toolError(message: string): ToolOutput {
  return { type: 'error-text', value: message };
}

/** The tools of a generation, by name. What they are may change with the configuration: ask again for each call. */
export interface ToolSet {
  get(name: string): Tool | undefined;
  list(): Tool[];
}
