/** The normalized form of an error from a provider package, whatever its original shape. */
export interface ProviderError {
  /** The HTTP status, or the equivalent of an error inside a stream; undefined when the provider gave none. */
  status: number | undefined;
  /** True when the provider could not be reached at all. */
  unreachable: boolean;
  /** True when a response with a status of success is not a model's answer; a retry would return the same. */
  unusable: boolean;
  /** The provider's own error codes in lower case, separated by spaces, for matching. */
  codes: string;
  /** The provider's own message; it may contain credentials. */
  message: string;
  headers: Record<string, string>;
  body: string;
}

export const UNKNOWN_ERROR = {
  status: undefined,
  unreachable: false,
  unusable: false,
  codes: '',
  headers: {},
  body: '',
};

/** Thrown for a failure that is recognised before the package parses the response; packages pass it on unchanged. */
export class ProviderFault extends Error {
  readonly fault: ProviderError;
  constructor(fault: ProviderError) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Creates the error for a request without a response. `note` names a setting that may be the cause. */
export function createUnreachableError(error: unknown, note: string): ProviderError {
  return { ...UNKNOWN_ERROR, unreachable: true, message: `${describeNetworkError(error)}${note}` };
}

/** Creates the error for a response that broke off before it was read completely. */
export function createBrokenError(error: unknown): ProviderError {
  return { ...UNKNOWN_ERROR, message: describeNetworkError(error) };
}

/** Creates the error for a response that is not a model's answer; `what` describes the response. */
export function createUnusableError(what: string): ProviderError {
  return { ...UNKNOWN_ERROR, unusable: true, message: what };
}

/** Describes a network error by its innermost cause, which is the most specific one. */
function describeNetworkError(error: unknown): string {
  const inner = findInnermostCause(error);
  if (!(inner instanceof Error)) return String(inner);
  const words = inner.message || inner.name;
  const code = 'code' in inner ? String(inner.code) : '';
  return CERTIFICATES.test(code) ? `${words}; ${CERTIFICATE_ADVICE}` : words;
}

function findInnermostCause(error: unknown, depth = 0): unknown {
  const next =
    error instanceof AggregateError ? error.errors[0] : error instanceof Error ? error.cause : undefined;
  return next instanceof Error && depth < 4 ? findInnermostCause(next, depth + 1) : error;
}

const CERTIFICATES = /CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
const CERTIFICATE_ADVICE =
  'when a proxy or a server of your own signs it, name its authority in NODE_EXTRA_CA_CERTS and start the daemon again';
