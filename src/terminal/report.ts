import { CommanderError } from 'commander';
import { UsageError } from '../errors/cli.ts';
import { ExitCode, MidturnError, messageOf } from '../errors/errors.ts';
import { visibleText } from '../util/visible-text.ts';
import { jsonText, printError } from './output.ts';
import { styled } from './style.ts';

export interface ReportOptions {
  /** Print the problem document instead of a sentence. */
  json: boolean;
  /** Print stack traces too (MIDTURN_DEBUG=1). */
  debug: boolean;
}

/** Tells on stderr what went wrong and returns the exit code that says the same. */
export function report(thrown: unknown, { json, debug }: ReportOptions): number {
  const error = inOurWords(thrown);
  if (error === null) return ExitCode.ok;
  printError(json ? jsonText(problemOf(error)) : sentence(error));
  if (debug) printError(String(thrown instanceof Error ? thrown.stack : thrown));
  return error.exitCode;
}

/** Null for what only looks like an error: `--help` and `--version`. */
function inOurWords(thrown: unknown): MidturnError | null {
  if (thrown instanceof MidturnError) return thrown;
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? null : usage(thrown);
  return new UnexpectedError(thrown);
}

/** Without a command, commander has printed the help already and has no words of its own. */
function usage({ code, message }: CommanderError): UsageError {
  if (code === 'commander.help') return new UsageError('A command is missing; those above can be chosen.');
  const words = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return new UsageError(`${words.charAt(0).toUpperCase()}${words.slice(1)}${end(words)} See \`--help\`.`);
}

function end(words: string): string {
  return /[.?!)]$/.test(words) ? '' : '.';
}

/** RFC 9457, as the API has it. */
function problemOf(error: MidturnError): Record<string, unknown> {
  const { code, status, message } = error;
  return { type: `urn:midturn:${code}`, title: error.name, status, code, detail: message, ...error.details };
}

/** Problems of a configuration stand as they are: terminals and editors make links of `file:line:column`. */
function sentence({ code, message }: MidturnError): string {
  const words = visibleText(message);
  return code === 'config_invalid' ? words : `${styled('red', 'midturn:', process.stderr)} ${words}`;
}

/** What nobody foresaw: the operating system's words, or a mistake of ours. */
class UnexpectedError extends MidturnError {
  readonly code = 'unexpected';
  readonly status = 500;
  constructor(cause: unknown) {
    super(`${wordsOf(cause)}. MIDTURN_DEBUG=1 shows where it happened.`, { cause });
  }
}

function wordsOf(cause: unknown): string {
  const words = messageOf(cause);
  return words.replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}
