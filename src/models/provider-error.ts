import { APICallError, TypeValidationError } from '@ai-sdk/provider';

/** What there is to know about an error from a provider package, whatever its shape. */
export interface ProviderError {
  /** HTTP status, or the one that an error inside a stream amounts to; undefined when the provider gave none. */
  status: number | undefined;
  /** The provider was not reached at all. */
  unreachable: boolean;
  /** The provider's own names for the error, lower case, for matching. */
  codes: string;
  /** The provider's own words; may contain credentials. */
  message: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Reads the errors that reach us: API errors with a response, network errors (API errors without one), error
 * objects inside a stream, and pieces of a stream that are not what they should be.
 */
export function readProviderError(error: unknown): ProviderError {
  if (APICallError.isInstance(error)) return fromResponse(error);
  // An error object in a shape that the package does not know is in here.
  if (TypeValidationError.isInstance(error) && reportsError(error.value)) return fromStream(error.value);
  if (error instanceof Error) return { ...nothing, message: error.message };
  return fromStream(error);
}

const nothing = { status: undefined, unreachable: false, codes: '', headers: {}, body: '' };

function fromResponse(error: APICallError): ProviderError {
  const body = error.responseBody ?? '';
  const parsed = parse(body);
  // A response that broke off while it was read carries the status of its beginning.
  const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : undefined;
  return {
    status,
    unreachable: error.statusCode === undefined && error.isRetryable,
    codes: codesIn(parsed),
    message: wordsIn(parsed) ?? (error.message || `HTTP ${error.statusCode}`),
    headers: error.responseHeaders ?? {},
    body,
  };
}

function fromStream(error: unknown): ProviderError {
  const codes = codesIn(error);
  return {
    ...nothing,
    status: statusIn(error) ?? statusOf(codes),
    codes,
    message: wordsIn(error) ?? (typeof error === 'object' ? 'an error without words' : String(error)),
  };
}

function reportsError(value: unknown): boolean {
  return (
    Boolean(member(value, 'error')) || [member(value, 'type'), member(value, 'object')].includes('error')
  );
}

/** `{error: {message}}`, `{error: "…"}`, `{message}`, `{detail: [{loc, msg}]}`: servers share no shape. */
function wordsIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value || undefined;
  if (typeof value !== 'object' || depth > DEEP) return undefined;
  for (const key of ['error', 'message', 'detail', 'msg', 'errors', 'response', '0']) {
    const words = wordsIn(member(value, key), depth + 1);
    if (words) return key === 'msg' ? `${placeIn(value)}${words}` : words;
  }
  return undefined;
}

/** FastAPI names the field that it refuses: `loc: ["body", "stream_options"]`. */
function placeIn(value: unknown): string {
  const place = member(value, 'loc');
  return Array.isArray(place) ? `${place.join('.')}: ` : '';
}

function codesIn(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || depth > DEEP) return '';
  const own = ['code', 'type', 'status']
    .map((key) => member(value, key))
    .filter((code) => typeof code === 'string');
  const inner = ['error', 'data', 'response', '0'].map((key) => codesIn(member(value, key), depth + 1));
  return [...own, ...inner].filter(Boolean).join(' ').toLowerCase();
}

/** Errors are nested, but not without end; a body is somebody else's text. */
const DEEP = 4;

function statusIn(value: unknown): number | undefined {
  for (const holder of [value, member(value, 'error')]) {
    for (const key of ['statusCode', 'code', 'status']) {
      const status = Number(member(holder, key));
      if (Number.isInteger(status) && status >= 400 && status < 600) return status;
    }
  }
  return undefined;
}

const statuses: readonly [RegExp, number][] = [
  [/rate_limit|insufficient_quota|resource_exhausted/, 429],
  [/overloaded|unavailable/, 503],
  [/authentication|unauthenticated/, 401],
  [/permission/, 403],
  [/not_found/, 404],
  [/request_too_large/, 413],
  [/invalid|bad_request|context_length|failed_precondition/, 400],
  [/timeout|deadline/, 504],
  [/api_error|server_error|internal/, 500],
];

function statusOf(codes: string): number | undefined {
  return statuses.find(([pattern]) => pattern.test(codes))?.[1];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
