import { anthropicChecks } from './anthropic.ts';
import { type RequestCheck, wellFormed } from './body.ts';
import { chatChecks, compatibleChecks, strictestChecks } from './chat.ts';
import { googleChecks } from './google.ts';
import { responsesChecks } from './responses.ts';

/**
 * What the APIs of providers refuse in a request, for every wire that we speak. Written down from their references and
 * from the errors that users report, and on purpose not from our own code.
 */
export const requestRules = {
  anthropic: [wellFormed, ...anthropicChecks],
  responses: [wellFormed, ...responsesChecks],
  chat: [wellFormed, ...chatChecks],
  google: [wellFormed, ...googleChecks],
  compatible: [wellFormed, ...compatibleChecks],
  /** Groq's and Mistral's own servers. */
  strictest: [wellFormed, ...strictestChecks],
} satisfies Record<string, readonly RequestCheck[]>;
