import type { Json } from '../../core/model/message.ts';
import type { Limits, Room } from '../../core/model/next-action.ts';

/** What the runner needs of the configuration; read anew at every step, so that a change holds from the next one. */
export interface Settings {
  revision: number;
  agent(name: string): AgentSettings | undefined;
  /** Sessions that may have a running turn at once; others wait their turn. */
  turns: number;
  /** Milliseconds without any sign of life after which a model call counts as cut. */
  modelSilence: number;
  /** Milliseconds that a tool call may take when neither the call nor the tool says otherwise. */
  toolTimeout: number;
  /** Milliseconds after which an idle session leaves memory. */
  passivateAfter: number;
  /** Sessions that are taken up at once after a start. */
  resumeConcurrency: number;
}

export interface AgentSettings {
  /** `"provider/model"`. */
  model: string;
  /** What the model is told before the conversation; asked for at each model call. Must not reject. */
  instructions(): Promise<string>;
  maxOutputTokens?: number;
  limits: Limits & DelegateLimits;
  /** When the conversation is summarised, and by which model. */
  compaction: Room & { model: string };
  /** Milliseconds until a question to people expires. */
  patience: number;
  /** Bytes of a tool's output that the model is given at once; the whole is stored. */
  toolOutput: number;
  /** Whether there are arguments with which the tool may be used. */
  mayUse(tool: string): boolean;
  /** Which rules hold for tasks from another agent: the stricter of both agents, or this one's own alone. */
  delegatedRules: 'both' | 'own';
  /** Whether there are calls about which an approver is asked first. */
  mayAsk: boolean;
  /** What the operator says to these arguments. */
  permit(tool: string, input: Json): Permit;
}

export interface DelegateLimits {
  /** How many sessions may stand between one and the session that people talk to. */
  delegateDepth: number;
  /** Sessions that one turn may begin. */
  children: number;
}

/**
 * `rule` is what decided, or what an approval would allow. `patience`: milliseconds until a question expires.
 * `grantedBy` says whether what was approved for more than one call is enough for this one, `holds` whether an approval
 * of this call, given under a rule, is for what it would do now.
 */
export type Permit =
  | { verdict: 'allow' }
  | { verdict: 'deny'; rule: string }
  | {
      verdict: 'ask';
      rule: string;
      patience: number;
      grantedBy(granted: string): boolean;
      /** Every approval holds when it is absent. */
      holds?(rule: string): boolean;
    };
