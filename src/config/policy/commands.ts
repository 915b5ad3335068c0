import { resolve } from 'node:path';
import { ANY, covers, type Glob, occurs } from './glob.ts';
import { type Kind, type Pattern, type Places, textAt } from './kind.ts';
import { scan, type Word } from './scan.ts';
import { readWords, simpleCommand } from './words.ts';

/** Between the words of a command; no command line contains it. */
const NEXT_WORD = '\0';

/** Command lines: by words (`git status*`), or the whole line as it is (`=make && make install`). */
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
    could: (input) => couldRun(glob, textAt(input, 'command') ?? '', true),
  };
}

/** What is run, as one line; the folder is a part of it unless it is where commands start anyway. */
function lineOf(input: unknown, { commands: base }: Places): string | undefined {
  const command = textAt(input, 'command');
  const cwd = textAt(input, 'cwd');
  if (command === undefined || cwd === undefined || resolve(base, cwd) === resolve(base)) return command;
  return `cd '${cwd.replaceAll("'", "'\\''")}' && ${command}`;
}

function joined(words: readonly Glob[]): Glob {
  return words.flatMap((word, index) => (index === 0 ? word : [NEXT_WORD, ...word]));
}

/**
 * Whether a line could run the command: as it stands, after other words that may start it (`env`, `xargs`, `find
 * -exec`), in a substitution, or in a text that something may take for a command line. `isCode` is false for a text
 * that probably is none; what a variable in it stands for is then not feared.
 */
function couldRun(glob: Glob, line: string, isCode: boolean, depth = 0): boolean {
  const found = scan(line);
  return found.some((command) => {
    const launches = command.some(({ text }) => LAUNCHERS.has(baseName(text)));
    if (found.length > 1 && isBlindShell(command)) return true;
    if (fits(glob, command, launches, isCode || launches)) return true;
    return command.some(({ text }) => {
      if (text === line || !/[\s;&|()`\p{Z}]/u.test(text)) return false;
      return depth > DEEPEST || couldRun(glob, text, launches, depth + 1);
    });
  });
}

const DEEPEST = 8;

/** A command as it stands has to fit as a whole; behind other words, some of the words have to. */
function fits(glob: Glob, command: readonly Word[], launches: boolean, isCode: boolean): boolean {
  const text = [...joined(command.map(({ tokens }) => tokens)), ...(launches ? [NEXT_WORD, ANY] : [])];
  const own = command[0]?.tokens ?? [];
  const isFirst = (index: number) => index === 0 || (index <= own.length && text[index - 1] === '/');
  const isEnd = (index: number) => index === text.length || text[index] === NEXT_WORD;
  const begins = (index: number) => {
    const before = text[index - 1] ?? '';
    if ((before === '/' && index < own.length) || (text[index] === ANY && !launches)) return false;
    return STARTS.has(before) || (text[index - 2] === '-' && text[index - 3] === NEXT_WORD);
  };
  const whole = (index: number) => isFirst(index) && (isCode || text[index] !== ANY);
  return occurs(glob, text, whole, (index) => index === text.length) || occurs(glob, text, begins, isEnd);
}

/** What a command's name may stand behind. */
const STARTS: ReadonlySet<string> = new Set([NEXT_WORD, ...'/=!:,@']);

/** A shell that reads what it does from somewhere else than its arguments. */
function isBlindShell([first, ...rest]: readonly Word[]): boolean {
  return SHELLS.has(baseName(first?.text ?? '')) && rest.every(({ text }) => text.startsWith('-'));
}

function baseName(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

const SHELLS: ReadonlySet<string> = new Set('sh bash dash ash zsh ksh mksh fish eval source .'.split(' '));

/** Programs that run what their arguments or their input say. */
const LAUNCHERS: ReadonlySet<string> = new Set([
  ...SHELLS,
  ...'builtin busybox chroot chrt command coproc doas env exec fd find flock ionice ltrace nice nohup nsenter'.split(
    ' ',
  ),
  ...'parallel runuser script setsid ssh stdbuf strace su sudo taskset time timeout trap unshare watch xargs'.split(
    ' ',
  ),
]);
