import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/fields/units.ts';

export function parseWholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** Creates an option that takes a duration with a unit, such as `90s`, and parses it to milliseconds. */
export function createDurationOption(flags: string, description: string, byDefault: string): Option {
  return new Option(flags, `${description}, such as 90s or 5m`)
    .argParser(parseMilliseconds)
    .default(parseMilliseconds(byDefault), byDefault);
}

export function parseMilliseconds(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('It must be a duration with a unit, such as 90s or 5m.');
}

/** Formats the examples at the end of a command's help: each command line with its effect. */
export function formatExamples(...all: [line: string, what: string][]): string {
  const width = Math.max(...all.map(([line]) => line.length));
  return `\nExamples:\n${all.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n')}`;
}
