import {
  InvalidArgumentError,
  InvalidPromptError,
  LoadAPIKeyError,
  LoadSettingError,
  NoSuchModelError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { MidturnError } from '../errors/errors.ts';
import { type ProviderError, readProviderError } from './provider-error.ts';
import { redactor } from './redact.ts';
import { retryAfter } from './retry-after.ts';

export interface Failure {
  cause: 'cut' | 'unavailable' | 'overflow' | 'rejected';
  /** One sentence or two for people, without credentials. */
  reason: string;
  /** Milliseconds. */
  retryAfter?: number;
}

/** Whose failure it is. `redact` takes that model's credentials out of a text. */
export interface Failing {
  provider: string;
  model: string;
  redact(text: string): string;
}

/** What to do about an error of a model call. What nobody knows counts as `cut`: tried again, within limits. */
export function classify(error: unknown, failing: Failing, now: number): Failure {
  if (error instanceof MidturnError) return { cause: 'rejected', reason: error.message };
  const known = readProviderError(error);
  if (isOurMistake(error))
    return { cause: 'rejected', reason: reasonOf(known, failing, 'cannot take this request') };
  const cause = causeOf(known);
  const reason = reasonOf(known, failing, headlineOf(cause, known), adviceOf(cause, known, failing));
  const wait = cause === 'unavailable' ? retryAfter(known.headers, known.body, now) : undefined;
  return { cause, reason, ...(wait === undefined ? {} : { retryAfter: wait }) };
}

/** The package refused the request before it was sent; it would do so again. */
function isOurMistake(error: unknown): boolean {
  return [
    InvalidArgumentError,
    InvalidPromptError,
    LoadAPIKeyError,
    LoadSettingError,
    NoSuchModelError,
    UnsupportedFunctionalityError,
  ].some((kind) => kind.isInstance(error));
}

function causeOf(error: ProviderError): Failure['cause'] {
  const { status, unreachable } = error;
  if (status !== 401 && status !== 403 && isOverflow(error)) return 'overflow';
  if (unreachable) return 'unavailable';
  if (status === undefined) return 'cut';
  if (isOutOfQuota(error)) return 'rejected';
  return status >= 500 || [408, 409, 425, 429].includes(status) ? 'unavailable' : 'rejected';
}

/** How providers and local servers say that the prompt does not fit, in codes and in words. */
const overflowWords = [
  /context_length_exceeded|exceed_context_size|context_window_exceeded|request_too_large/,
  /prompt is too long|input is too long|prompt too long/,
  /exceed(?:s|ed)? (?:the |this |your )?(?:model'?s? |available |maximum )*(?:context|number of tokens|prompt length)/,
  /(?:maximum|available|model'?s?) (?:context|prompt) (?:length|size|window)/,
  /(?:context|input) (?:length|window|tokens?)[^.]{0,60}exceed/,
  /input token count[^.]{0,40}exceeds/,
  /greater than the context (?:length|window)/,
  /request too large|payload size exceeds/,
  /reduce the length of the (?:messages|prompt|input)/,
];

function isOverflow({ status, codes, message }: ProviderError): boolean {
  if (status === 413) return true;
  const text = `${codes} ${message.toLowerCase()}`;
  // Rate limits count input tokens too; only a single request above the limit is too long.
  if (status === 429) return text.includes('request too large');
  return overflowWords.some((pattern) => pattern.test(text));
}

/** A 429 that no patience helps. Google's "exceeded your current quota" is an ordinary rate limit, so codes only. */
function isOutOfQuota({ status, codes }: ProviderError): boolean {
  return status === 402 || /insufficient_quota|billing/.test(codes);
}

function headlineOf(cause: Failure['cause'], error: ProviderError): string {
  if (cause === 'overflow') return 'says that the conversation is too long';
  if (cause === 'cut') return 'did not complete its answer';
  if (cause === 'unavailable') return error.unreachable ? 'cannot be reached' : 'asks for another try later';
  return 'rejected the request';
}

function adviceOf(cause: Failure['cause'], error: ProviderError, { provider, model }: Failing): string {
  if (cause !== 'rejected') return '';
  if (isOutOfQuota(error))
    return `Check the plan and billing of the account behind providers.${provider}.apiKey.`;
  if (error.status === 401) return `Check providers.${provider}.apiKey.`;
  if (error.status === 403) return `Check providers.${provider}.apiKey and that it may use "${model}".`;
  if (error.status === 404) return `Check the model's name and providers.${provider}.baseUrl.`;
  return '';
}

const patternsOnly = redactor([]);

function reasonOf(
  { status, message }: ProviderError,
  failing: Failing,
  headline: string,
  advice = '',
): string {
  const code = status === undefined ? '' : ` (${status})`;
  // Redacted before it is shortened: half a credential is still one.
  const words = shorten(patternsOnly(failing.redact(message)).replace(/\s+/g, ' ').trim());
  const text = `Provider "${failing.provider}", model "${failing.model}": it ${headline}${code}: ${words}`;
  return `${text}${/[.!?…]$/.test(words) ? '' : '.'}${advice ? ` ${advice}` : ''}`;
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
