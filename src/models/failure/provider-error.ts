import { APICallError, TypeValidationError } from '@ai-sdk/provider';
import { readBodyMessage } from './body-words.ts';
import { findErrorMessage, isErrorObject, readErrorCodes, readErrorObject } from './error-words.ts';
import { type ProviderError, ProviderFault, UNKNOWN_ERROR } from './provider-fault.ts';

/**
 * Reads every kind of error that a provider package throws: API errors with a response, network errors (API errors
 * without one), error objects inside a stream, and stream chunks that fail validation.
 */
export function readProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderFault) return error.fault;
  if (APICallError.isInstance(error)) return readResponseError(error);
  // The package wraps an error object of unknown shape in a validation error.
  if (TypeValidationError.isInstance(error) && isErrorObject(error.value))
    return readErrorObject(error.value);
  if (error instanceof Error) return { ...UNKNOWN_ERROR, message: error.message };
  return readErrorObject(error);
}

function readResponseError(error: APICallError): ProviderError {
  const body = error.responseBody ?? '';
  const parsed = parseErrorBody(body);
  // A response that broke off while it was read still carries its status of success.
  const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : undefined;
  return {
    status,
    unreachable: error.statusCode === undefined && error.isRetryable,
    unusable: false,
    codes: readErrorCodes(parsed),
    message:
      findErrorMessage(parsed) ?? readBodyMessage(body) ?? (error.message || `HTTP ${error.statusCode}`),
    headers: error.responseHeaders ?? {},
    body,
  };
}

function parseErrorBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
