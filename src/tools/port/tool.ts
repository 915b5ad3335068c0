import type { Answer, Answers, Inquiry } from '../../core/model/elicitation.ts';
import type { Effect } from '../../core/model/events.ts';
import type { Json, JsonObject, ToolOutput } from '../../core/model/message.ts';
import type { Delegate } from '../../core/model/next-action.ts';

/** The port to the world. A tool is described to the model, run by the runner, and never sees the journal. */
export interface Tool {
  name: string;
  /** For the model: what it does, when to use it. */
  description: string;
  /** JSON Schema of the arguments; the registry checks them before `run`. */
  inputSchema: JsonObject;
  /** What these arguments do to the world; decides what happens after an interruption (docs/guide/tools.md). */
  effect(input: Json): Effect;
  /**
   * The work goes on outside our process and `run` with the same key picks it up again, never starting it twice.
   * Such a call is run again after an interruption whatever its effect.
   */
  resumable?: boolean;
  /**
   * Another session does the work: who, and what it is told; a sentence when these arguments cannot be used. `run` is
   * then never called, and the call's result is that session's answer.
   */
  delegate?(input: Json): Delegate | string;
  /** Time limit of a call in milliseconds, from its first start; the config's default when absent. */
  timeout?(input: Json): number | undefined;
  /**
   * Must not reject: a failure is an `error-text` output. Must settle soon after `context.signal` aborts, with
   * everything that it started ended; `signal.reason` is an `Interruption` that says whether to stop or to let go.
   */
  run(input: Json, context: ToolContext): Promise<ToolOutput | Questions>;
}

/**
 * A call that cannot do its work without people ends with what it wants to know. It has done nothing but ask: `run` is
 * called once more with `ToolContext.answers`, and what the tool does to the world is up to that.
 */
export interface Questions {
  type: 'questions';
  questions: Inquiry[];
  /** Opaque to everybody else; comes back with the answers. */
  resume: Json;
}

export interface ToolContext {
  session: string;
  /** `"<step>.<position>"`. */
  call: string;
  /** Stable across attempts, unique to the call; safe as a file name and as an HTTP header. */
  key: string;
  attempt: number;
  signal: AbortSignal;
  /** What people said to the questions with which the call has ended before. */
  answers?: Answers;
  /**
   * Asks people while the call goes on, however long that takes. Never rejects: a question that is not asked, for the
   * process leaves or the call has asked enough, is `superseded`, and so is one
   * that nobody wants to be answered any more (`signal`). Absent where nobody can be asked.
   */
  ask?(question: Inquiry, signal?: AbortSignal): Promise<Answer>;
}

/**
 * Why a running call is asked to settle. `cancelled` and `timeout`: end the work. `detach`: this process is
 * leaving; a resumable tool leaves its work running and returns at once, others end it.
 */
export type Interruption = 'cancelled' | 'timeout' | 'detach';

/**
 * Milliseconds within which `run` has to settle after its signal was aborted; then the turn continues without its
 * result. What a tool does to end its work has to fit in.
 */
export const SETTLE = 5_000;

/** Convenience for tools: a failure that the model is told about. */
export function toolError(message: string): ToolOutput {
  return { type: 'error-text', value: message };
}
