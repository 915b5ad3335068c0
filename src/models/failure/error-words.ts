import { type ProviderError, UNKNOWN_ERROR } from './provider-fault.ts';

/** Reads an error object from a stream or a JSON body, whatever its shape. */
export function readErrorObject(error: unknown): ProviderError {
  const codes = readErrorCodes(error);
  return {
    ...UNKNOWN_ERROR,
    status: readStatus(error) ?? statusForCodes(codes),
    codes,
    message:
      findErrorMessage(error) ?? (typeof error === 'object' ? 'an error without words' : String(error)),
  };
}

/** Returns the error in a JSON body whose HTTP status was a success; undefined when it reports none. */
export function findBodyError(body: unknown): ProviderError | undefined {
  if (findErrorObject(body) === undefined) return undefined;
  const given = Array.isArray(body) ? body[0] : body;
  const fault = readErrorObject(given);
  return { ...fault, unusable: fault.status === undefined && !readMember(given, 'error') };
}

/** Returns the error object in a chunk of an answer, wherever servers put it; undefined without one. */
export function findErrorObject(value: unknown): unknown {
  const choices = readMember(value, 'choices');
  const error = readMember(value, 'error') || readMember(readMember(choices, '0'), 'error');
  if (error) return error;
  const foreign = choices === undefined && findErrorMessage(value) !== undefined && typeof value === 'object';
  return isErrorObject(value) || foreign ? value : undefined;
}

export function isErrorObject(value: unknown): boolean {
  return (
    Boolean(readMember(value, 'error')) ||
    [readMember(value, 'type'), readMember(value, 'object')].includes('error')
  );
}

/**
 * Finds the message in an error. Servers share no shape: `{error: {message}}`, `{message}`, `{detail: [{loc,
 * msg}]}` …
 */
export function findErrorMessage(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value || undefined;
  if (typeof value !== 'object' || depth > MAX_DEPTH) return undefined;
  for (const key of ['error', 'message', 'detail', 'msg', 'errors', 'response', '0']) {
    const words = findErrorMessage(readMember(value, key), depth + 1);
    if (words) return key === 'msg' ? `${readLocation(value)}${words}` : words;
  }
  return undefined;
}

/** Reads the refused field that FastAPI names, for example `loc: ["body", "stream_options"]`. */
function readLocation(value: unknown): string {
  const place = readMember(value, 'loc');
  return Array.isArray(place) ? `${place.join('.')}: ` : '';
}

export function readErrorCodes(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || depth > MAX_DEPTH) return '';
  const own = ['code', 'type', 'status']
    .map((key) => readMember(value, key))
    .filter((code) => typeof code === 'string');
  const inner = ['error', 'data', 'response', '0'].map((key) =>
    readErrorCodes(readMember(value, key), depth + 1),
  );
  return [...own, ...inner].filter(Boolean).join(' ').toLowerCase();
}

/** The maximum depth at which errors are searched, because an untrusted body may be nested without limit. */
const MAX_DEPTH = 4;

function readStatus(value: unknown): number | undefined {
  for (const holder of [value, readMember(value, 'error')]) {
    for (const key of ['statusCode', 'code', 'status']) {
      const status = Number(readMember(holder, key));
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

function statusForCodes(codes: string): number | undefined {
  return statuses.find(([pattern]) => pattern.test(codes))?.[1];
}

function readMember(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
