import type { Inquiry } from './elicitation.ts';

/** Limits of one turn, by their configuration keys. */
export interface TurnLimits {
  /** Model calls, summaries included; further attempts of one call are not counted. */
  turnModelCalls: number;
  /** Tool calls that the model asks for, the refused ones included. */
  turnToolCalls: number;
  /** Tokens of all prompts and answers, as the provider counts them. */
  turnTokens: number;
  /** Milliseconds of work; see `Budget.worked`. */
  turnTime: number;
  /** Tool calls in a row that each repeat an earlier call of the turn, with the same result. */
  equalCalls: number;
  /** What happens at a limit: the turn ends as failed, or an approver is asked whether it may continue. */
  atTurnLimit: 'end' | 'ask';
}

export type BudgetLimit = Exclude<keyof TurnLimits, 'atTurnLimit'>;

export interface ReachedLimit {
  limit: BudgetLimit;
  used: number;
  max: number;
}

/** What a turn has used up. */
export interface Budget {
  modelCalls: number;
  toolCalls: number;
  tokens: number;
  /** Milliseconds in which something could be done for the turn, up to `at`. */
  worked: number;
  /** Time of the turn's last event. */
  at: number;
  /** Calls in a row that repeated an earlier call with its result, and fingerprints of the calls that did not. */
  repeats: number;
  seen: number[];
  /** How often an approver let the turn continue at a limit, each time for as much again. */
  extended: Partial<Record<BudgetLimit, number>>;
  /** How many questions whether to continue there were. */
  asked: number;
  /** The open one. */
  question: LimitQuestion | null;
}

/** The question whether a turn may continue at a limit. */
export interface LimitQuestion {
  id: string;
  reached: ReachedLimit;
  inquiry: Inquiry;
  requestedAt: number;
  expiresAt: number;
}

export function newBudget(at: number): Budget {
  return {
    ...{ modelCalls: 0, toolCalls: 0, tokens: 0, worked: 0, at, repeats: 0, seen: [] },
    ...{ extended: {}, asked: 0, question: null },
  };
}

/** Stands for the turn where events name a call. */
export function turnCall(turn: number): string {
  return `turn-${turn}`;
}
