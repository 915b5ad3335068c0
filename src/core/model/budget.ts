import type { Elicitation } from './elicitation.ts';

/** The limits of one turn, named by their configuration keys; a turn that reaches one ends or asks an approver. */
export interface TurnLimits {
  /** Model calls, including those that write summaries; repeated attempts of one call count once. */
  turnModelCalls: number;
  /** Tool calls that the model requests, including those that the policy refuses. */
  turnToolCalls: number;
  /** Tokens of all prompts and answers of the turn, as the provider counts them. */
  turnTokens: number;
  /** Milliseconds of work, without the time spent waiting for approvers or other sessions; see `TurnUsage.worked`. */
  turnTime: number;
  /** Consecutive tool calls that each repeat an earlier call of the turn and get the same result. */
  equalCalls: number;
  /** What happens at a limit: `end` fails the turn, `ask` lets an approver decide whether it may continue. */
  atTurnLimit: 'end' | 'ask';
}

export type TurnLimitName = Exclude<keyof TurnLimits, 'atTurnLimit'>;

export interface ReachedLimit {
  limit: TurnLimitName;
  used: number;
  max: number;
}

/** The resources that a turn has used so far, folded from its events and compared with `TurnLimits`. */
export interface TurnUsage {
  modelCalls: number;
  toolCalls: number;
  tokens: number;
  /** Milliseconds up to `at` in which the daemon could work on the turn; waiting for approvers does not count. */
  worked: number;
  /** Time of the turn's last event, in milliseconds since the epoch. */
  at: number;
  /** Whether a model call has started since the last message joined the turn; until then no time counts as work. */
  begun: boolean;
  /** The number of consecutive repeated calls; `seen` holds the fingerprints of the calls that were not repeats. */
  repeats: number;
  seen: number[];
  /** How often an approver extended each limit; every extension allows the configured amount once more. */
  extended: Partial<Record<TurnLimitName, number>>;
  /** The number of questions whether the turn may continue, open and decided ones together. */
  asked: number;
  /** The open question whether the turn may continue, or null when there is none. */
  question: LimitQuestion | null;
}

/** An open question to an approver: may the turn continue although it has reached a limit? */
export interface LimitQuestion {
  id: string;
  reached: ReachedLimit;
  inquiry: Elicitation;
  requestedAt: number;
  expiresAt: number;
}

export function createTurnUsage(at: number): TurnUsage {
  return {
    ...{ modelCalls: 0, toolCalls: 0, tokens: 0, worked: 0, at, begun: false, repeats: 0, seen: [] },
    ...{ extended: {}, asked: 0, question: null },
  };
}

/** The name that stands in place of a tool in the record of a question whether the turn may continue. */
export const CONTINUE_TURN = 'continue_turn';

/** Returns the id that stands for the turn itself in events whose `call` field normally names a tool call. */
export function createTurnCallId(turn: number): string {
  return `turn-${turn}`;
}
