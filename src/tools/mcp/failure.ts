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
 * Describes a call that produced no result. `known` says what the server may have done:
 *   unsent    the server did not receive the call, or refused it unread; it has had no effect
 *   unknown   the server may have received the call; its effect is unknown
 *   answered  the server answered that the call failed
 * `lost` means that the connection, or the session that the server kept for it, is no longer usable.
 */
export interface McpCallFailure {
  known: 'unsent' | 'unknown' | 'answered';
  why: string;
  lost: boolean;
}

/** Error codes of network failures that happen before a single byte of the request was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The maximum length of a reason in UTF-16 units, because some servers send whole web pages as their error. */
const MAX_REASON_LENGTH = 1_000;

/** Classifies an error of a call; `hasSession` says whether the server had opened a session for the connection. */
export function classifyCallFailure(error: unknown, hasSession: boolean): McpCallFailure {
  const failure = classifyError(error, hasSession);
  return { ...failure, why: takeHead(failure.why, MAX_REASON_LENGTH).toWellFormed() };
}

function classifyError(error: unknown, hasSession: boolean): McpCallFailure {
  const why = messageOf(error);
  if (error instanceof ProtocolError) {
    if (error.data === STREAM_ENDED) return { known: 'unknown', why, lost: false };
    return { known: 'answered', why: `${why} (${error.code})`, lost: false };
  }
  // When only a scope is missing, the connection remains usable for other calls.
  if (error instanceof McpLoginNeededError) return { known: 'unsent', why, lost: error.scope === undefined };
  // Without a valid token the server refused every request unread.
  if (error instanceof McpLoginFailedError) return { known: 'unsent', why: error.why, lost: true };
  if (error instanceof McpLoginBusyError) return { known: 'unsent', why, lost: true };
  if (error instanceof SdkHttpError) return classifyHttpError(error, hasSession);
  if (error instanceof UnauthorizedError || error instanceof InsufficientScopeError) {
    return { known: 'unsent', why: 'it refuses the credentials', lost: false };
  }
  // The cause says what failed while the protocol revision was negotiated.
  if (error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed && error.cause) {
    return classifyError(error.cause, hasSession);
  }
  if (error instanceof SdkError) return classifySdkError(error);
  if (why === 'Not connected') return { known: 'unsent', why: 'the connection was lost', lost: true };
  return classifyNetworkError(error, why);
}

/**
 * Classifies an HTTP status: 4xx means that the request was refused; 404 or 400 within a session ends that session.
 */
function classifyHttpError({ status, code }: SdkHttpError, hasSession: boolean): McpCallFailure {
  const renewed = code === SdkErrorCode.ClientHttpAuthentication;
  const why = renewed
    ? `it refuses a token that was just renewed (HTTP status ${status})`
    : `it answered with HTTP status ${status}`;
  const refused = status >= 400 && status < 500;
  return {
    known: refused ? 'unsent' : 'unknown',
    why,
    lost: hasSession && (status === 404 || status === 400),
  };
}

function classifySdkError({ code, message }: SdkError): McpCallFailure {
  switch (code) {
    case SdkErrorCode.NotConnected:
      return { known: 'unsent', why: 'the connection was lost', lost: true };
    case SdkErrorCode.ConnectionClosed:
      return { known: 'unknown', why: 'the connection was lost', lost: true };
    case SdkErrorCode.InvalidResult:
    case SdkErrorCode.UnsupportedResultType:
    case SdkErrorCode.ClientHttpUnexpectedContent:
      return {
        known: 'unknown',
        why: `its answer does not conform to the protocol: ${message}`,
        lost: false,
      };
    default:
      return { known: 'unknown', why: message, lost: false };
  }
}

function classifyNetworkError(error: unknown, message: string): McpCallFailure {
  const causes = error instanceof Error ? listCauses(error.cause) : [];
  const codes = causes.map((cause) => ('code' in cause ? String(cause.code) : ''));
  const unsent = codes.some((code) => NEVER_SENT.has(code));
  const why = causes.map((cause) => cause.message).find((text) => text !== '') ?? message;
  return { known: unsent ? 'unsent' : 'unknown', why, lost: true };
}

/**
 * Tells whether probing for the newer protocol revision is what failed, as opposed to a server that is unreachable.
 */
export function isProbeFailure(error: unknown): boolean {
  if (error instanceof SdkHttpError) return error.code === SdkErrorCode.EraNegotiationFailed;
  if (!(error instanceof SdkError)) return false;
  if (error.code === SdkErrorCode.RequestTimeout) return true;
  return error.code === SdkErrorCode.EraNegotiationFailed && !(error.cause instanceof TypeError);
}

/**
 * Returns the elicitation requests in an error that demands visiting URLs first, keyed by position from "1";
 * `undefined` for every other error.
 */
export function readRequiredUrls(error: unknown): Record<string, unknown> | undefined {
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

/** Lists an error's cause and, when connecting to several addresses failed, the cause for each address. */
function listCauses(cause: unknown): Error[] {
  if (cause instanceof AggregateError)
    return [cause, ...cause.errors.filter((each) => each instanceof Error)];
  return cause instanceof Error ? [cause] : [];
}
