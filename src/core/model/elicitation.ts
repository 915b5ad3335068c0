import type { Json } from './message.ts';

/** How an approval ended. `superseded`: no longer needed, e.g. because the turn was cancelled or the policy changed. */
export type ApprovalDecision = 'approved' | 'denied' | 'expired' | 'superseded';

/** An elicitation: a question that a tool asks because it cannot do its work without an answer. */
export interface Elicitation {
  /** The tool's own name for the question; the result carries the same name. */
  key: string;
  /** The name of the tool or server that asks, as clients show it. */
  asker: string;
  message: string;
  /** The fields of the answer; empty when a plain yes or no is enough. */
  fields: ElicitationField[];
  /** A web page on which the user must act, e.g. to log in; `fields` is empty then. */
  url?: string;
  /**
   * Restricts who may answer: 1. without it, every client whose token may approve; 2. with `true`, the operator and
   * the approvers whom the operator has named, e.g. for the question whether a turn may exceed a limit.
   */
  operator?: boolean;
}

/** One field of the answer to an elicitation, with its type and bounds. */
export interface ElicitationField {
  name: string;
  /** `choices` accepts any number of the options; a `string` with options accepts exactly one of them. */
  type: 'string' | 'number' | 'integer' | 'boolean' | 'choices';
  required: boolean;
  title?: string;
  description?: string;
  options?: { value: string; title: string }[];
  default?: ElicitationValue;
  format?: 'email' | 'uri' | 'date' | 'date-time';
  /** Bounds of a number, of the length of a string in characters, or of the number of chosen options. */
  min?: number;
  max?: number;
}

export type ElicitationValue = string | number | boolean | string[];

/** The values of an answer, by the name of their field. */
export type ElicitationContent = Record<string, ElicitationValue>;

/** The result of an elicitation; `decision` is null while it is open, `content` is null unless it was answered. */
export interface ElicitationResult {
  key: string;
  decision: ApprovalDecision | null;
  content: ElicitationContent | null;
  /** The approver who decided, where it is known; `note` is the approver's comment. */
  from: string | null;
  note: string | null;
}

/** The arguments with which a call that ended with questions is made again; `resume` is the tool's own state. */
export interface CallResumption {
  resume: Json;
  given: ElicitationResult[];
}

/** The maximum of questions that one call may ask in all its rounds, so that a tool cannot flood the approvers. */
export const MAX_ELICITATIONS = 16;
