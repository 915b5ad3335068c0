import type { Json } from '../../core/model/message.ts';
import type { ContextBudget, Limits } from '../../core/model/next-action.ts';

/**
 * What the runner reads from the configuration. It is read again for every step, so a change applies from the
 * next step on.
 */
export interface Settings {
  revision: number;
  agent(name: string): AgentSettings | undefined;
  /** Maximum number of running turns; further sessions wait for a free slot. */
  turns: number;
  /** Milliseconds without any data after which a model call counts as cut. */
  modelSilence: number;
  /** Default time limit of a tool call, in milliseconds, when neither the call nor the tool sets one. */
  toolTimeout: number;
  /** Bytes of the largest file that a tool or a model may produce. */
  largestFile: number;
  /** Milliseconds after which an idle session leaves memory. */
  passivateAfter: number;
  /** Sessions that are resumed in parallel after a start. */
  resumeConcurrency: number;
}

export interface AgentSettings {
  /** Provider and model, as in `"provider/model"`. */
  model: string;
  /** Instructions that precede the conversation; read again for each model call. Must not reject. */
  instructions(): Promise<string>;
  maxOutputTokens?: number;
  limits: Limits & DelegateLimits;
  /** When the history is compacted, and which model writes the summary. */
  compaction: ContextBudget & { model: string };
  /** Milliseconds until an approval or an elicitation expires. */
  patience: number;
  /** Bytes of a tool's output that the model receives at once; the whole output is stored. */
  toolOutput: number;
  /** Returns whether the agent may call the tool with at least some arguments. */
  mayUse(tool: string): boolean;
  /**
   * Whose rules apply to work delegated by another agent: the stricter of both agents' rules, or only this
   * agent's own.
   */
  delegatedRules: 'both' | 'own';
  /** Whether some calls need an approval first. */
  mayAsk: boolean;
  /** Returns the verdict of the agent's rules on a call with these arguments. */
  permit(tool: string, input: Json): Permit;
}

export interface DelegateLimits {
  /** How deep delegation may be nested below a session that clients talk to. */
  delegateDepth: number;
  /** Sessions that one turn may create by delegation. */
  children: number;
}

/**
 * Verdict of an agent's rules on one call:
 * 1. `allow`: the call runs. Example: `"read_file": "allow"`.
 * 2. `deny`: the call is refused; `rule` is the rule that decided, for the reason that the model is given.
 * 3. `ask`: an approver decides within `patience` milliseconds; `rule` is what an approval would allow, for
 *    example `shell(git push*)`. `grantedBy` returns whether an existing grant covers the call. `holds`
 *    returns whether an approval given under a rule still covers what the call would do now.
 */
export type Permit =
  | { verdict: 'allow' }
  | { verdict: 'deny'; rule: string }
  | {
      verdict: 'ask';
      rule: string;
      patience: number;
      grantedBy(granted: string): boolean;
      /** When absent, every approval still covers the call. */
      holds?(rule: string): boolean;
    };
