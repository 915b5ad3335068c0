import { resolve } from 'node:path';
import { coversGlob, type Glob } from '../patterns/glob.ts';
import { type ArgumentPattern, type BasePaths, getTextArgument, type PatternKind } from '../patterns/kind.ts';
import { mayRun } from './could-run.ts';
import { joinWords } from './joined.ts';
import { readSimpleCommand, readWords } from './words.ts';

/** Patterns for command lines: by words (`git status*`), or one exact line (`=make && make install`). */
export const commandPatterns: PatternKind = {
  argument: 'command',
  parsePattern(text, places) {
    if (text.startsWith('=')) return lineFor(text.slice(1), places);
    const words = readWords(text);
    if (words?.[0]) return wordsFor(joinWords(words), places);
    return 'a pattern is words of one command, with "*" for anything; "=" before it makes it mean a whole line as it is';
  },
  narrowPattern(input, places) {
    const line = lineOf(input, places);
    return line === undefined ? undefined : `=${line}`;
  },
};

function lineFor(line: string, places: BasePaths): ArgumentPattern {
  const matches = (input: unknown) => lineOf(input, places) === line;
  return { globs: [line.split('')], line, matches, mayMatch: matches };
}

function wordsFor(glob: Glob, places: BasePaths): ArgumentPattern {
  return {
    globs: [glob],
    matches(input) {
      const words = readSimpleCommand(lineOf(input, places) ?? '');
      return words !== undefined && coversGlob(glob, joinWords(words));
    },
    mayMatch: (input) => couldRunAny(glob, getTextArgument(input, 'command') ?? ''),
  };
}

/** Returns what a call runs as one line; the folder is part of it unless commands start there anyway. */
function lineOf(input: unknown, { commands: base }: BasePaths): string | undefined {
  const command = getTextArgument(input, 'command');
  const cwd = getTextArgument(input, 'cwd');
  if (command === undefined || cwd === undefined || resolve(base, cwd) === resolve(base)) return command;
  return `cd '${cwd.replaceAll("'", "'\\''")}' && ${command}`;
}

/** Checks the line with and without carriage returns before line breaks, because the tool may remove them. */
function couldRunAny(glob: Glob, line: string): boolean {
  return mayRun(glob, line) || (line.includes('\r\n') && mayRun(glob, line.replaceAll('\r\n', '\n')));
}
