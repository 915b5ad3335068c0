import { ANY, type Glob, occursIn } from '../patterns/glob.ts';
import type { ShellWord } from './command-words.ts';
import { joinWords, NEXT_WORD } from './joined.ts';
import { runsAnything, runsArguments } from './launchers.ts';
import { scanLine } from './scan.ts';

/**
 * Checks whether a line could run the command: as it stands, behind words that may start it (`env`, `find -exec`),
 * with options between its words, in a substitution, or in a text that a program may interpret as a command line.
 */
export function mayRun(glob: Glob, line: string): boolean {
  return inLine(glob, line, true, 0);
}

/**
 * Checks one text. `isCode` is false for a text that is probably not a command line; doubt and computed names in it
 * then do not count.
 */
function inLine(glob: Glob, line: string, isCode: boolean, depth: number): boolean {
  const { commands, texts, doubtful } = scanLine(line);
  if (depth > DEEPEST || (doubtful && isCode)) return true;
  const inText = (text: string, code: boolean) =>
    text !== line && UNUSUAL.test(text) && inLine(glob, text, code, depth + 1);
  if (texts.some((text) => inText(text, false))) return true;
  return commands.some((command) => {
    if (runsAnything(command)) return true;
    const wraps = runsArguments(command);
    return (
      fitsCommand(glob, command, isCode || wraps, wraps) || command.some(({ text }) => inText(text, wraps))
    );
  });
}

const DEEPEST = 8;

/** Matches characters that make a text more than one plain word. */
const UNUSUAL = /[\s\p{Z};&|()<>`$'"\\{}]/u;

/** Checks one command: as it stands, the whole command must fit; behind other words, a part of it must. */
function fitsCommand(glob: Glob, command: readonly ShellWord[], isCode: boolean, wraps: boolean): boolean {
  const text = joinWords(command.map(({ tokens }) => tokens));
  const spans = spansOf(command);
  const firsts = new Set<number>();
  const lasts = lastsOf(spans, text.length);
  const names = new Set<number>();
  for (const { start, end, word } of spans) {
    if (word.mayEnd) lasts.add(end);
    if (!word.mayBegin) continue;
    for (let at = start; at <= end; at += 1) {
      if (at < end) names.add(at);
      if (at === start || text[at - 1] === '/') firsts.add(at);
    }
  }
  const whole = (index: number) => firsts.has(index) && (isCode || text[index] !== ANY);
  const begins = (index: number) => {
    const before = text[index - 1] ?? '';
    if ((before === '/' && names.has(index)) || (text[index] === ANY && !wraps)) return false;
    const isOption = text[index - 2] === '-' && (index === 2 || text[index - 3] === NEXT_WORD);
    return STARTS.has(before) || isOption;
  };
  const isEnd = (index: number) => lasts.has(index) || text[index] === NEXT_WORD;
  const skips = skipsOf(spans);
  return (
    occursIn(glob, text, whole, (index) => lasts.has(index), skips) ||
    occursIn(glob, text, begins, isEnd, skips)
  );
}

/** Characters that may precede the name of a command inside another word. */
const STARTS: ReadonlySet<string> = new Set([NEXT_WORD, ...'/=!:,@']);

interface Span {
  start: number;
  end: number;
  word: ShellWord;
}

function spansOf(command: readonly ShellWord[]): Span[] {
  let start = 0;
  return command.map((word) => {
    const span = { start, end: start + word.tokens.length, word };
    start = span.end + 1;
    return span;
  });
}

/** Returns where the command may end: a computed last word may turn out to be empty. */
function lastsOf(spans: readonly Span[], length: number): Set<number> {
  const lasts = new Set([length]);
  for (const { start, word } of spans.toReversed()) {
    if (!mayVanish(word)) break;
    lasts.add(start - 1);
  }
  return lasts;
}

function mayVanish({ tokens }: ShellWord): boolean {
  return tokens.every((token) => token === ANY);
}

/**
 * Returns where the next relevant word may start: `git -c a=b push`, `git "" push` and `git $X push` may all be `git
 * push`. An option may consume the word after it.
 */
function skipsOf(spans: readonly Span[]): ReadonlyMap<number, readonly number[]> {
  const skips = new Map<number, number[]>();
  for (const [index, { start, word }] of spans.entries()) {
    const isOption = word.tokens[0] === '-';
    if (index === 0 || !(isOption || mayVanish(word))) continue;
    const next = [spans[index + 1], isOption ? spans[index + 2] : undefined];
    skips.set(
      start,
      next.flatMap((span) => (span ? [span.start] : [])),
    );
  }
  return skips;
}
