import type { Json } from './message.ts';

/** `superseded`: it was not needed any more, e.g. because the turn was cancelled or the policy changed. */
export type ApprovalDecision = 'approved' | 'denied' | 'expired' | 'superseded';

/** What a tool asks people, because it cannot do its work without them. */
export interface Inquiry {
  /** The tool's own name for it; answers are given under this name. */
  key: string;
  /** Who asks, in words for people. */
  asker: string;
  message: string;
  /** What an answer consists of; none when a yes is one. */
  fields: Field[];
  /** A page on which the person is to do something; there are no fields then. */
  url?: string;
  /** Not everybody with a token may answer: only the operator, and approvers whom the operator has named. */
  operator?: boolean;
}

/** One value of an answer. */
export interface Field {
  name: string;
  /** `choices` is any number of the options; a `string` with options is one of them. */
  type: 'string' | 'number' | 'integer' | 'boolean' | 'choices';
  required: boolean;
  title?: string;
  description?: string;
  options?: { value: string; title: string }[];
  default?: FieldValue;
  format?: 'email' | 'uri' | 'date' | 'date-time';
  /** Bounds of a number, of the length of a text, or of how many are chosen. */
  min?: number;
  max?: number;
}

export type FieldValue = string | number | boolean | string[];

/** The values of an answer, by field. */
export type Content = Record<string, FieldValue>;

/** What became of a question; `content` is there when it was answered, `decision` when anything did. */
export interface Answer {
  key: string;
  decision: ApprovalDecision | null;
  content: Content | null;
  /** Who decided, where it is known, and what they said. */
  from: string | null;
  note: string | null;
}

/** What a call is made again with after it has ended with questions; `resume` is what the tool wants back. */
export interface Answers {
  resume: Json;
  given: Answer[];
}

/** Questions that one call may ask, all its rounds together: people's lists are not for a tool to fill. */
export const MOST_QUESTIONS = 16;
