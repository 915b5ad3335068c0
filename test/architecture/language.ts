import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Words that plain technical English has a better word for, each with what to write instead. */
const WORDS: readonly [pattern: RegExp, instead: string][] = [
  [/\bwho(?:so)?ever\b/i, 'name the actor: client, operator, caller, generation'],
  [/\bnobody\b/i, 'no client, no operator, no process'],
  [/\bsomebody\b/i, 'a client, an operator, another process'],
  [/\bfor ever\b/i, 'forever'],
  [/\bso many\b/i, 'the number of …'],
  [/\bof no use\b/i, 'useless, does not help'],
  [/\bhow-manieth\b/i, 'the attempt number'],
  [/\bshall\b/i, 'must'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bany more\b/i, 'no longer'],
];

export interface Finding {
  file: string;
  line: number;
  /** What was found, or the name that is defined twice. */
  found: string;
  why: string;
}

/** A stretch of prose in a file: a comment, a text of the program, a test title, a paragraph of a document. */
interface Prose {
  line: number;
  text: string;
}

/** Forbidden words in the prose of the files below `root` that match `patterns`. */
export function badWords(root: string, patterns: readonly string[]): Finding[] {
  return globSync(patterns, { cwd: root })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const all = file.endsWith('.md') ? documentProse(text) : codeProse(text, file);
      return all.flatMap(({ line, text: words }) =>
        WORDS.flatMap(([pattern, instead]) => {
          const [found] = pattern.exec(words) ?? [];
          return found === undefined ? [] : [{ file, line, found, why: `write instead: ${instead}` }];
        }),
      );
    });
}

/** Paragraphs, without code blocks, code spans and quotations of users. */
function documentProse(text: string): Prose[] {
  const blank = (found: string) => found.replaceAll(/[^\n]/g, ' ');
  const prose = text.replaceAll(/^```.*?^```/gms, blank).replaceAll(/`[^`\n]*`|"[^"\n]*"/g, blank);
  return prose.split('\n').map((line, index) => ({ line: index + 1, text: line }));
}

/** Comments; in tests also titles, elsewhere also every text, since the program may show it. */
function codeProse(text: string, file: string): Prose[] {
  const isTest = /\.test\.ts$|(?:^|\/)test\//.test(file);
  const found: Prose[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [token, title] = match;
    const isComment = token.startsWith('/');
    if (!isComment && isTest && title === undefined) continue;
    const words = isComment ? token.replaceAll(/`[^`\n]*`|"[^"\n]*"/g, ' ') : token;
    found.push({ line: lineAt(text, match.index), text: words });
  }
  return found;
}

/** A comment, the title of a test, or a text. Texts are matched as a whole, so that `//` in one begins no comment. */
const TOKEN =
  /\/\*.*?\*\/|(?<![:'"`\\])\/\/[^\n]*|\b(?:it|test|describe)(?:\.\w+(?:\([^()]*\))?)?\(\s*('(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/gs;

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Exported names that more than one file of `root` defines, each with the first place that defines it. */
export function doubleNames(root: string): Finding[] {
  const places = new Map<string, { file: string; line: number }[]>();
  for (const file of globSync('**/*.ts', { cwd: root }).sort()) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(root, file), 'utf8');
    for (const match of text.matchAll(EXPORTED)) {
      const at = { file, line: lineAt(text, match.index) };
      const name = match[1] ?? '';
      places.set(name, [...(places.get(name) ?? []), at]);
    }
  }
  return [...places].flatMap(([name, all]) => {
    const files = new Set(all.map(({ file }) => file));
    const [first] = all;
    if (files.size < 2 || !first) return [];
    return [{ ...first, found: name, why: `is exported by ${[...files].join(', ')}` }];
  });
}

const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum) (\w+)/gm;
