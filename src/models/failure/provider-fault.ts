/** What there is to know about an error from a provider package, whatever its shape. */
export interface ProviderError {
  /** HTTP status, or the one that an error inside a stream amounts to; undefined when the provider gave none. */
  status: number | undefined;
  /** The provider was not reached at all. */
  unreachable: boolean;
  /** What came with a status of success is no answer of a model; another try brings the same. */
  unusable: boolean;
  /** The provider's own names for the error, lower case, for matching. */
  codes: string;
  /** The provider's own words; may contain credentials. */
  message: string;
  headers: Record<string, string>;
  body: string;
}

export const unknownError = {
  status: undefined,
  unreachable: false,
  unusable: false,
  codes: '',
  headers: {},
  body: '',
};

/** A failure that is understood before a package sees the response; packages pass it on as it is. */
export class ProviderFault extends Error {
  readonly fault: ProviderError;
  constructor(fault: ProviderError) {
    super(fault.message);
    this.fault = fault;
  }
}

/** A request that got no response. `note` says which setting may be the cause. */
export function unreachableFault(error: unknown, note: string): ProviderError {
  return { ...unknownError, unreachable: true, message: `${networkWords(error)}${note}` };
}

/** A response that broke off before it could be read. */
export function brokenFault(error: unknown): ProviderError {
  return { ...unknownError, message: networkWords(error) };
}

/** A response that is no answer of a model; `what` describes it. */
export function unusableFault(what: string): ProviderError {
  return { ...unknownError, unusable: true, message: what };
}

/** The innermost cause says most; an attempt at several addresses has a cause for each. */
function networkWords(error: unknown): string {
  const inner = innermost(error);
  if (!(inner instanceof Error)) return String(inner);
  const words = inner.message || inner.name;
  const code = 'code' in inner ? String(inner.code) : '';
  return CERTIFICATES.test(code) ? `${words}; ${CERTIFICATE_ADVICE}` : words;
}

function innermost(error: unknown, depth = 0): unknown {
  const next =
    error instanceof AggregateError ? error.errors[0] : error instanceof Error ? error.cause : undefined;
  return next instanceof Error && depth < 4 ? innermost(next, depth + 1) : error;
}

const CERTIFICATES = /CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
const CERTIFICATE_ADVICE =
  'when a proxy or a server of your own signs it, name its authority in NODE_EXTRA_CA_CERTS and start the daemon again';
