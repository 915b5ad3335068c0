import {
  InvalidArgumentError,
  InvalidPromptError,
  LoadAPIKeyError,
  LoadSettingError,
  NoSuchModelError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { MidturnError } from '../../errors/errors.ts';
import { abbreviateText } from '../../util/text.ts';
import { isAnswerLimitLarge, isAnswerLimitRefused, isOverflow, type RequestSize } from './overflow.ts';
import { isPlanLimit } from './plan-limit.ts';
import { readProviderError } from './provider-error.ts';
import type { ProviderError } from './provider-fault.ts';
import { createRedactor } from './redact.ts';
import { readRetryAfter } from './retry-after.ts';

export interface ModelFailure {
  cause: 'cut' | 'unavailable' | 'overflow' | 'rejected';
  /** One or two sentences for operators and users, without credentials. */
  reason: string;
  /** Milliseconds from now that the provider asks to wait. */
  retryAfter?: number;
}

/** The failed request: its provider, model and size. `redact` masks that model's credentials in a text. */
export interface FailedRequest extends RequestSize {
  provider: string;
  model: string;
  redact(text: string): string;
}

/** Classifies an error of a model call by how to react to it. An unknown error counts as `cut` and is retried. */
export function classifyModelError(error: unknown, failing: FailedRequest, now: number): ModelFailure {
  if (error instanceof MidturnError) return { cause: 'rejected', reason: error.message };
  const known = readProviderError(error);
  if (isRefusedByPackage(error))
    return { cause: 'rejected', reason: formatReason(known, failing, 'cannot take this request') };
  const cause = chooseCause(known, failing);
  const reason = formatReason(
    known,
    failing,
    describeCause(cause, known),
    describeAdvice(cause, known, failing),
  );
  const wait = cause === 'unavailable' ? readRetryAfter(known.headers, known.body, now) : undefined;
  return { cause, reason, ...(wait === undefined ? {} : { retryAfter: wait }) };
}

/** Tells whether the provider package refused the request before sending it; a retry would fail the same way. */
function isRefusedByPackage(error: unknown): boolean {
  return [
    InvalidArgumentError,
    InvalidPromptError,
    LoadAPIKeyError,
    LoadSettingError,
    NoSuchModelError,
    UnsupportedFunctionalityError,
  ].some((kind) => kind.isInstance(error));
}

function chooseCause(error: ProviderError, size: RequestSize): ModelFailure['cause'] {
  const { status, unreachable, unusable } = error;
  if (isPlanLimit(error)) return 'rejected';
  if (isOverflow(error, size)) return 'overflow';
  if (unusable) return 'rejected';
  if (unreachable) return 'unavailable';
  if (status === undefined) return 'cut';
  return status >= 500 || [408, 409, 425, 429].includes(status) ? 'unavailable' : 'rejected';
}

function describeCause(cause: ModelFailure['cause'], error: ProviderError): string {
  if (cause === 'overflow') return 'says that the conversation is too long';
  if (cause === 'cut') return 'did not complete its answer';
  if (cause === 'unavailable') return error.unreachable ? 'cannot be reached' : 'asks for another try later';
  return error.unusable ? 'sent no answer of a model' : 'rejected the request';
}

function describeAdvice(cause: ModelFailure['cause'], error: ProviderError, failing: FailedRequest): string {
  const { provider, model } = failing;
  if (cause === 'overflow' && isAnswerLimitLarge(error, failing)) return SHORTER_ANSWER;
  if (cause !== 'rejected') return '';
  if (isPlanLimit(error))
    return `Check the plan and billing of the account behind providers.${provider}.apiKey.`;
  if (isAnswerLimitRefused(error, failing)) return SHORTER_ANSWER;
  if (error.unusable) return `Check providers.${provider}.baseUrl.`;
  if (error.status === 401) return `Check providers.${provider}.apiKey.`;
  if (error.status === 403) return `Check providers.${provider}.apiKey and that it may use "${model}".`;
  if (error.status === 404) return `Check the model's name and providers.${provider}.baseUrl.`;
  return '';
}

const SHORTER_ANSWER =
  "The limit of the answer leaves too little of the model's window: set maxOutputTokens of the agent lower.";

const patternsOnly = createRedactor([]);

function formatReason(
  { status, message }: ProviderError,
  failing: FailedRequest,
  headline: string,
  advice = '',
): string {
  const code = status === undefined ? '' : ` (${status})`;
  // Redacted before shortening, because a truncated credential would no longer match.
  const words = shortenMessage(patternsOnly(failing.redact(message)).replace(/\s+/g, ' ').trim());
  const text = `Provider "${failing.provider}", model "${failing.model}": it ${headline}${code}: ${words}`;
  return `${text}${/[.!?…]$/.test(words) ? '' : '.'}${advice ? ` ${advice}` : ''}`;
}

function shortenMessage(text: string): string {
  return abbreviateText(text, 300);
}
