import { type ProviderError, unknownError } from './provider-fault.ts';

/** Reads an error object from a stream or a JSON body, whatever its shape. */
export function readErrorObject(error: unknown): ProviderError {
  const codes = codesIn(error);
  return {
    ...unknownError,
    status: statusIn(error) ?? statusOf(codes),
    codes,
    message: wordsIn(error) ?? (typeof error === 'object' ? 'an error without words' : String(error)),
  };
}

/** Returns the error in a JSON body whose HTTP status was a success; undefined when it reports none. */
export function faultIn(body: unknown): ProviderError | undefined {
  if (errorObjectIn(body) === undefined) return undefined;
  const given = Array.isArray(body) ? body[0] : body;
  const fault = readErrorObject(given);
  return { ...fault, unusable: fault.status === undefined && !member(given, 'error') };
}

/** Returns the error object in a chunk of an answer, wherever servers put it; undefined without one. */
export function errorObjectIn(value: unknown): unknown {
  const choices = member(value, 'choices');
  const error = member(value, 'error') || member(member(choices, '0'), 'error');
  if (error) return error;
  const foreign = choices === undefined && wordsIn(value) !== undefined && typeof value === 'object';
  return reportsError(value) || foreign ? value : undefined;
}

export function reportsError(value: unknown): boolean {
  return (
    Boolean(member(value, 'error')) || [member(value, 'type'), member(value, 'object')].includes('error')
  );
}

/**
 * Finds the message in an error. Servers share no shape: `{error: {message}}`, `{message}`, `{detail: [{loc,
 * msg}]}` …
 */
export function wordsIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value || undefined;
  if (typeof value !== 'object' || depth > DEEP) return undefined;
  for (const key of ['error', 'message', 'detail', 'msg', 'errors', 'response', '0']) {
    const words = wordsIn(member(value, key), depth + 1);
    if (words) return key === 'msg' ? `${placeIn(value)}${words}` : words;
  }
  return undefined;
}

/** Reads the refused field that FastAPI names, for example `loc: ["body", "stream_options"]`. */
function placeIn(value: unknown): string {
  const place = member(value, 'loc');
  return Array.isArray(place) ? `${place.join('.')}: ` : '';
}

export function codesIn(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || depth > DEEP) return '';
  const own = ['code', 'type', 'status']
    .map((key) => member(value, key))
    .filter((code) => typeof code === 'string');
  const inner = ['error', 'data', 'response', '0'].map((key) => codesIn(member(value, key), depth + 1));
  return [...own, ...inner].filter(Boolean).join(' ').toLowerCase();
}

/** The maximum depth at which errors are searched, because an untrusted body may be nested without limit. */
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
