import {
  InsufficientScopeError,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { z } from 'zod';
import { takeHead } from '../../core/model/text.ts';
import { messageOf } from '../../errors/errors.ts';
import { McpLoginBusyError, McpLoginFailedError, McpLoginNeededError } from '../../errors/mcp-login.ts';
import { STREAM_ENDED } from './http.ts';

/**
 * What is known of a call that brought no result.
 *   unsent    the server never had it, or refused to look at it; nothing has happened
 *   unknown   it may have had it; nobody knows what it did
 *   answered  it answered that it failed
 * `lost`: the connection, or the session that the server kept for us, is of no use any more.
 */
export interface CallFailure {
  known: 'unsent' | 'unknown' | 'answered';
  why: string;
  lost: boolean;
}

/** Failures before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Servers send whole pages. */
const LONGEST_REASON = 1_000;

export function failureOf(error: unknown, hasSession: boolean): CallFailure {
  const failure = classify(error, hasSession);
  return { ...failure, why: takeHead(failure.why, LONGEST_REASON).toWellFormed() };
}

function classify(error: unknown, hasSession: boolean): CallFailure {
  const why = messageOf(error);
  if (error instanceof ProtocolError) {
    if (error.data === STREAM_ENDED) return { known: 'unknown', why, lost: false };
    return { known: 'answered', why: `${why} (${error.code})`, lost: false };
  }
  // A connection that lacks only scopes is good for other calls.
  if (error instanceof McpLoginNeededError) return { known: 'unsent', why, lost: error.scope === undefined };
  // Without a token that is good, no request got further than to the door.
  if (error instanceof McpLoginFailedError) return { known: 'unsent', why: error.why, lost: true };
  if (error instanceof McpLoginBusyError) return { known: 'unsent', why, lost: true };
  if (error instanceof SdkHttpError) return httpFailure(error, hasSession);
  if (error instanceof UnauthorizedError || error instanceof InsufficientScopeError) {
    return { known: 'unsent', why: 'it refuses the credentials', lost: false };
  }
  // What went wrong when the server was asked which revision it speaks.
  if (error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed && error.cause) {
    return classify(error.cause, hasSession);
  }
  if (error instanceof SdkError) return sdkFailure(error);
  if (why === 'Not connected') return { known: 'unsent', why: 'the connection was lost', lost: true };
  return networkFailure(error, why);
}

/** A client error means that the server refused the request as it is; 404 and 400 in a session, that it is over. */
function httpFailure({ status, code }: SdkHttpError, hasSession: boolean): CallFailure {
  const renewed = code === SdkErrorCode.ClientHttpAuthentication;
  const why = renewed
    ? `it refuses a token that is new (HTTP status ${status})`
    : `it answered with HTTP status ${status}`;
  const refused = status >= 400 && status < 500;
  return {
    known: refused ? 'unsent' : 'unknown',
    why,
    lost: hasSession && (status === 404 || status === 400),
  };
}

function sdkFailure({ code, message }: SdkError): CallFailure {
  switch (code) {
    case SdkErrorCode.NotConnected:
      return { known: 'unsent', why: 'the connection was lost', lost: true };
    case SdkErrorCode.ConnectionClosed:
      return { known: 'unknown', why: 'the connection was lost', lost: true };
    case SdkErrorCode.InvalidResult:
    case SdkErrorCode.UnsupportedResultType:
    case SdkErrorCode.ClientHttpUnexpectedContent:
      return { known: 'unknown', why: `its answer is not what the protocol says: ${message}`, lost: false };
    default:
      return { known: 'unknown', why: message, lost: false };
  }
}

function networkFailure(error: unknown, message: string): CallFailure {
  const causes = error instanceof Error ? causesOf(error.cause) : [];
  const codes = causes.map((cause) => ('code' in cause ? String(cause.code) : ''));
  const unsent = codes.some((code) => NEVER_SENT.has(code));
  const why = causes.map((cause) => cause.message).find((text) => text !== '') ?? message;
  return { known: unsent ? 'unsent' : 'unknown', why, lost: true };
}

/** Whether asking for the newer revision of the protocol is what failed; where nobody was there, it is not. */
export function wasProbe(error: unknown): boolean {
  if (error instanceof SdkHttpError) return error.code === SdkErrorCode.EraNegotiationFailed;
  if (!(error instanceof SdkError)) return false;
  if (error.code === SdkErrorCode.RequestTimeout) return true;
  return error.code === SdkErrorCode.EraNegotiationFailed && !(error.cause instanceof TypeError);
}

/** What a failed call asks for, when it failed because people have to visit pages first. */
export function pagesOf(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof ProtocolError) || error.code !== ProtocolErrorCode.UrlElicitationRequired)
    return undefined;
  const { data } = pages.safeParse(error.data);
  if (!data) return undefined;
  const method = 'elicitation/create';
  return Object.fromEntries(
    data.elicitations.map((params, index) => [String(index + 1), { method, params }]),
  );
}

const pages = z.object({ elicitations: z.array(z.unknown()).min(1) });

/** A failure to connect to several addresses has its reasons inside. */
function causesOf(cause: unknown): Error[] {
  if (cause instanceof AggregateError)
    return [cause, ...cause.errors.filter((each) => each instanceof Error)];
  return cause instanceof Error ? [cause] : [];
}
