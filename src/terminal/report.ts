import { CommanderError } from 'commander';
import { UsageError } from '../errors/cli.ts';
import { ExitCode, MidturnError, messageOf } from '../errors/errors.ts';
import { toVisibleText } from '../util/visible-text.ts';
import { formatJson, printError } from './output.ts';
import { applyStyle } from './style.ts';

export interface ErrorReportOptions {
  /** Print the RFC 9457 problem document instead of a sentence. */
  json: boolean;
  /** Print the stack trace too; set by MIDTURN_DEBUG=1. */
  debug: boolean;
}

/** Prints an error on stderr and returns its exit code; `--help` and `--version` print nothing and return 0. */
export function reportError(thrown: unknown, { json, debug }: ErrorReportOptions): number {
  const error = toMidturnError(thrown);
  if (error === null) return ExitCode.ok;
  printError(json ? formatJson(toProblemDocument(error)) : formatError(error));
  if (debug) printError(String(thrown instanceof Error ? thrown.stack : thrown));
  return error.exitCode;
}

/** Converts anything thrown to a MidturnError; null for `--help` and `--version`, which commander also throws. */
function toMidturnError(thrown: unknown): MidturnError | null {
  if (thrown instanceof MidturnError) return thrown;
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? null : toUsageError(thrown);
  return new UnexpectedError(thrown);
}

/** Converts commander's error to a UsageError. A missing command has no message: commander printed the help instead. */
function toUsageError({ code, message }: CommanderError): UsageError {
  if (code === 'commander.help')
    return new UsageError('A command is missing; choose one from the list above.');
  const words = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return new UsageError(
    `${words.charAt(0).toUpperCase()}${words.slice(1)}${endSentence(words)} See \`--help\`.`,
  );
}

function endSentence(words: string): string {
  return /[.?!)]$/.test(words) ? '' : '.';
}

/** Converts an error to a problem document (RFC 9457), the same as in responses of the API. */
function toProblemDocument(error: MidturnError): Record<string, unknown> {
  const { code, status, message } = error;
  return { type: `urn:midturn:${code}`, title: error.name, status, code, detail: message, ...error.details };
}

/** Formats an error as text. Config problems get no prefix, because terminals and editors link `file:line:column`. */
function formatError({ code, message }: MidturnError): string {
  const words = toVisibleText(message);
  return code === 'config_invalid' ? words : `${applyStyle('red', 'midturn:', process.stderr)} ${words}`;
}

/** An error without a class of its own: a failed system call, or a bug in Midturn. */
class UnexpectedError extends MidturnError {
  readonly code = 'unexpected';
  readonly status = 500;
  constructor(cause: unknown) {
    super(`${toSentence(cause)}. Set MIDTURN_DEBUG=1 to see the stack trace.`, { cause });
  }
}

function toSentence(cause: unknown): string {
  const words = messageOf(cause);
  return words.replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}
