import { resolve } from 'node:path';
import { coversGlob, type Glob } from '../patterns/glob.ts';
import { type ArgumentPattern, type BasePaths, getTextArgument, type PatternKind } from '../patterns/kind.ts';
import { mayRun } from './could-run.ts';
import { joinWords } from './joined.ts';
import { readSimpleCommand, readWords } from './words.ts';

/** Patterns for command lines: by words (`git status*`), or one exact line (`=make && make install`). */
export function createCommandPatterns(argument: string): PatternKind {
  return {
    argument,
    parsePattern(text, places) {
      if (text.startsWith('=')) return createLinePattern(text.slice(1), argument, places);
      const words = readWords(text);
      if (words?.[0]) return createWordPattern(joinWords(words), argument, places);
      return 'a pattern is words of one command, with "*" for anything; "=" before it makes it mean a whole line as it is';
    },
    narrowPattern(input, places) {
      const line = readLine(input, argument, places);
      return line === undefined ? undefined : `=${line}`;
    },
  };
}

function createLinePattern(text: string, argument: string, places: BasePaths): ArgumentPattern {
  const matches = (input: unknown) => readLine(input, argument, places) === text;
  const line = { text, input: { [argument]: text } };
  return { globs: [text.split('')], line, matches, mayMatch: matches };
}

function createWordPattern(glob: Glob, argument: string, places: BasePaths): ArgumentPattern {
  return {
    globs: [glob],
    matches(input) {
      const words = readSimpleCommand(readLine(input, argument, places) ?? '');
      return words !== undefined && coversGlob(glob, joinWords(words));
    },
    mayMatch: (input) => couldRunAny(glob, getTextArgument(input, argument) ?? ''),
  };
}

/** Returns what a call runs as one line; the folder is part of it unless commands start there anyway. */
function readLine(input: unknown, argument: string, { commands: base }: BasePaths): string | undefined {
  const command = getTextArgument(input, argument);
  const cwd = getTextArgument(input, 'cwd');
  if (command === undefined || cwd === undefined || resolve(base, cwd) === resolve(base)) return command;
  return `cd '${cwd.replaceAll("'", "'\\''")}' && ${command}`;
}

/** Checks the line with and without carriage returns before line breaks, because the tool may remove them. */
function couldRunAny(glob: Glob, line: string): boolean {
  return mayRun(glob, line) || (line.includes('\r\n') && mayRun(glob, line.replaceAll('\r\n', '\n')));
}
