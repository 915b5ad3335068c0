import { anthropicChecks } from './anthropic.ts';
import { type RequestCheck, wellFormed } from './body.ts';
import { chatChecks, compatibleChecks } from './chat.ts';
import { googleChecks } from './google.ts';
import { responsesChecks } from './responses.ts';
import { anthropicTools, chatTools, googleTools, responsesTools } from './tools.ts';

/**
 * What the APIs of providers refuse in a request, for every wire that we speak. Written down from their references and
 * from the errors that users report, and on purpose not from our own code.
 */
export const requestRules = {
  anthropic: [wellFormed, ...anthropicChecks, anthropicTools],
  responses: [wellFormed, ...responsesChecks, responsesTools],
  chat: [wellFormed, ...chatChecks, chatTools],
  google: [wellFormed, ...googleChecks, googleTools],
  compatible: [wellFormed, ...compatibleChecks, chatTools],
} satisfies Record<string, readonly RequestCheck[]>;
