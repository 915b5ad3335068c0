import type { ContextBudget, Limits } from '../../core/model/next-action.ts';
import type { AgentPermissions } from '../../permissions/decision.ts';
import type { DelegateLimits } from '../../permissions/judge.ts';

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
  permissions: AgentPermissions;
}
