import { resolve } from 'node:path';
import { covers, type Glob } from '../patterns/glob.ts';
import { type Kind, type Pattern, type Places, textAt } from '../patterns/kind.ts';
import { couldRun } from './could-run.ts';
import { joined } from './joined.ts';
import { readWords, simpleCommand } from './words.ts';

/** Patterns for command lines: by words (`git status*`), or one exact line (`=make && make install`). */
export const commands: Kind = {
  argument: 'command',
  pattern(text, places) {
    if (text.startsWith('=')) return lineFor(text.slice(1), places);
    const words = readWords(text);
    if (words?.[0]) return wordsFor(joined(words), places);
    return 'a pattern is words of one command, with "*" for anything; "=" before it makes it mean a whole line as it is';
  },
  narrow(input, places) {
    const line = lineOf(input, places);
    return line === undefined ? undefined : `=${line}`;
  },
};

function lineFor(line: string, places: Places): Pattern {
  const matches = (input: unknown) => lineOf(input, places) === line;
  return { globs: [line.split('')], line, matches, could: matches };
}

function wordsFor(glob: Glob, places: Places): Pattern {
  return {
    globs: [glob],
    matches(input) {
      const words = simpleCommand(lineOf(input, places) ?? '');
      return words !== undefined && covers(glob, joined(words));
    },
    could: (input) => couldRunAny(glob, textAt(input, 'command') ?? ''),
  };
}

/** Returns what a call runs as one line; the folder is part of it unless commands start there anyway. */
function lineOf(input: unknown, { commands: base }: Places): string | undefined {
  const command = textAt(input, 'command');
  const cwd = textAt(input, 'cwd');
  if (command === undefined || cwd === undefined || resolve(base, cwd) === resolve(base)) return command;
  return `cd '${cwd.replaceAll("'", "'\\''")}' && ${command}`;
}

/** Checks the line with and without carriage returns before line breaks, because the tool may remove them. */
function couldRunAny(glob: Glob, line: string): boolean {
  return couldRun(glob, line) || (line.includes('\r\n') && couldRun(glob, line.replaceAll('\r\n', '\n')));
}
