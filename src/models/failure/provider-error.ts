import { APICallError, TypeValidationError } from '@ai-sdk/provider';
import { readBodyWords } from './body-words.ts';
import { codesIn, readErrorObject, reportsError, wordsIn } from './error-words.ts';
import { type ProviderError, ProviderFault, unknownError } from './provider-fault.ts';

/**
 * Reads every kind of error that a provider package throws: API errors with a response, network errors (API errors
 * without one), error objects inside a stream, and stream chunks that fail validation.
 */
export function readProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderFault) return error.fault;
  if (APICallError.isInstance(error)) return fromResponse(error);
  // The package wraps an error object of unknown shape in a validation error.
  if (TypeValidationError.isInstance(error) && reportsError(error.value)) return readErrorObject(error.value);
  if (error instanceof Error) return { ...unknownError, message: error.message };
  return readErrorObject(error);
}

function fromResponse(error: APICallError): ProviderError {
  const body = error.responseBody ?? '';
  const parsed = parse(body);
  // A response that broke off while it was read still carries its status of success.
  const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : undefined;
  return {
    status,
    unreachable: error.statusCode === undefined && error.isRetryable,
    unusable: false,
    codes: codesIn(parsed),
    message: wordsIn(parsed) ?? readBodyWords(body) ?? (error.message || `HTTP ${error.statusCode}`),
    headers: error.responseHeaders ?? {},
    body,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
