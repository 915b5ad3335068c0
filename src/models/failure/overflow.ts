import type { ProviderError } from './provider-fault.ts';

/** The known size of a request, with which the text of a refusal is compared. */
export interface RequestSize {
  /** The maximum tokens of the answer; undefined when the agent sets no limit. */
  maxOutputTokens?: number | undefined;
  /** The estimated share of the context window that the prompt takes, from 0 to 1. */
  fill?: number | undefined;
}

/**
 * Tells whether a refusal means that the prompt is too long. It is recognised by status, code and families of
 * phrases, because servers share no convention; a refusal that may mean the size counts as well if the prompt
 * nearly fills the window.
 */
export function isOverflow(error: ProviderError, size: RequestSize): boolean {
  const { status } = error;
  if (status === 401 || status === 402 || status === 403) return false;
  if (status === 413) return true;
  const text = searchText(error);
  // Rate limits count input tokens, too; only a single request above the limit is too long.
  if (status === 429 || rate.test(text)) return text.includes('request too large');
  if (isAnswerLimitRefused(error, size)) return false;
  return matchesAny(codes, error.codes) || matchesAny(words, text) || isSizeLike(error, size);
}

/**
 * Tells whether the server refuses the limit of the answer: it exceeds what the model can write, or fills the whole
 * window by itself. Compaction does not help in this case.
 */
export function isAnswerLimitRefused(error: ProviderError, { maxOutputTokens }: RequestSize): boolean {
  const { status } = error;
  if (status === undefined || status < 400 || status === 429 || status >= 500) return false;
  const text = searchText(error);
  const window = readWindowSize(text);
  if (window !== undefined) return maxOutputTokens !== undefined && maxOutputTokens >= window;
  return matchesAny(answerWords, text) && !sum.test(text);
}

/** Tells whether the limit of the answer takes at least half of the window that the refusal names. */
export function isAnswerLimitLarge(error: ProviderError, { maxOutputTokens = 0 }: RequestSize): boolean {
  const window = readWindowSize(searchText(error));
  return window !== undefined && maxOutputTokens >= window / 2;
}

function searchText({ codes: names, message }: ProviderError): string {
  return `${names} ${message.toLowerCase()}`;
}

function matchesAny(patterns: readonly RegExp[], text: string): boolean {
  return patterns.some((pattern) => pattern.test(text));
}

const rate = /rate.?limit|per (?:minute|min|day|hour|second)\b|\bt[pk][md]\b|throttl|quota/;

const codes = [
  /context_length_exceeded|exceed_context_size|context_window_exceeded|request_too_large/,
  /tokens_limit_reached|max_prompt_tokens_exceeded|context_limit_exceeded/,
];

/** Families of phrases with which providers and local servers report that the prompt does not fit. */
const words = [
  ...codes,
  /context ?window ?exceeded|context window error/,
  // "prompt is too long", "the input (9000 tokens) is longer than …", "request body too large for gpt-4o model".
  /(?:prompt|inputs?|conversation|messages?|history|request(?: body)?)\b[^.]{0,60}\b(?:too (?:long|large|big)\b|longer than)/,
  // "exceeds the context window", "exceeded model token limit", "should not exceed max_num_tokens".
  /exceed(?:s|ed|ing)?\b[^.]{0,60}\b(?:context|number of tokens|tokens? limit|(?:max_?(?:imum)? ?)?(?:input|prompt|sequence)[ _](?:length|len|limit|size|tokens?)|max_(?:num|model|input|seq|position)\w*|max(?:imum)? (?:length|tokens?|token count)|session_?len)/,
  // "context size has been exceeded", "prompt token count of 9 exceeds the limit of 8".
  /(?:context(?! deadline)|prompt|input[ _](?:length|size|tokens?|count)|tokens? (?:count|limit)|number of (?:input )?tokens|payload size)\b[^.]{0,60}\b(?:exceed|greater than|larger than|over the limit)/,
  /(?:maximum|max|available|model'?s?|configured) (?:context|prompt|model|sequence|input)[ _](?:length|size|window)/,
  /context (?:length|window|size) of only|context the overflows/,
  /(?:greater|longer|larger) than (?:the )?(?:model'?s? )?(?:max|context|available)/,
  /reduce (?:the |your )?(?:(?:length|size|number) of )?(?:the |your )?(?:messages|prompt|input)|(?:shorten|shorter) (?:the |your )?(?:input|prompt|messages|conversation)/,
  /range of input length|`?inputs`? must have less than|`?inputs`? tokens \+ `?max_new_tokens|too many (?:input |prompt )?tokens/,
  /prompt[ _]tokens?[^.]{0,40}less than/,
  /超长|(?:超过|超出)[^。]{0,12}(?:长度|上限|限制)|长度超限/,
];

/** Phrases with which servers report that the limit of the answer is too high. */
const answerWords = [
  /max_?(?:completion_|output_|new_)?tokens['"`]?(?: value)?(?: is| are)? (?:too (?:large|big|high)|must|cannot|should|exceeds?|greater)/,
  /range of `?max_?\w*tokens|invalid max_?\w*tokens|max_?\w*tokens: \d+ > \d+/,
  /maximum (?:allowed )?number of output tokens|at most \d+ (?:completion|output) tokens/,
];

/** "`inputs` tokens + `max_new_tokens` must be …" speaks of both. */
const sum = /(?:inputs?|prompt)\b[^.]{0,40}(?:\+|and) `?max_/;

/** Patterns for the model's real window in tokens, as a refusal states it; the configured one may differ. */
const windows = [
  /\d \+ \d+ > ([\d,]+)/,
  /`?max_new_tokens`? must be <= ([\d,]+)/,
  /(?:context|model|prompt) (?:length|window|size|limit)(?: is| of| was)?(?: only)? ([\d,]+)/,
  /context window limit \(([\d,]+)\)/,
];

function readWindowSize(text: string): number | undefined {
  for (const pattern of windows) {
    const found = pattern.exec(text)?.[1];
    if (found) return Number(found.replaceAll(',', ''));
  }
  return undefined;
}

/** The share of the window above which an unrecognised refusal is retried once with a shorter prompt. */
const NEARLY_FULL = 0.7;

/** Tells whether a refusal may mean the size: its text mentions a size, or it has no text at all. */
function isSizeLike({ status, message, body }: ProviderError, { fill = 0 }: RequestSize): boolean {
  if (fill < NEARLY_FULL || status === undefined || ![400, 413, 422].includes(status)) return false;
  const silent = body.trim() === '';
  return (
    silent || /\b(?:length|long|large|size|tokens?|context|window|limit|maximum|exceed\w*)\b/i.test(message)
  );
}
