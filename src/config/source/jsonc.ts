import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from '../../errors/config.ts';
import { type Finding, formatConfigPath } from '../fields/problems.ts';

/** Maximum nesting of a text: deeper than any valid file, and far from what would exhaust the stack. */
export const MAX_DEPTH = 64;

/** A parsed JSONC text that knows the position of every value. */
export interface JsoncDocument {
  /** The plain data; `undefined` when there are syntax problems, `{}` when the text is empty. */
  value: unknown;
  problems: ConfigProblem[];
  /** Adds a line and column to a finding: those of the value, or of its nearest parent that exists. */
  locate(finding: Finding): ConfigProblem;
}

/**
 * Parses JSON with comments and trailing commas; a leading byte order mark is ignored. Never throws: syntax problems
 * are part of the result.
 */
export function parseDocument(text: string): JsoncDocument {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const position = indexPositions(content);
  const deep = tooDeep(content);
  if (deep !== undefined) {
    return failedDocument([
      { path: '', ...position(deep), message: `nested more than ${MAX_DEPTH} levels deep` },
    ]);
  }
  const errors: ParseError[] = [];
  const root = parseTree(content, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length > 0) {
    return failedDocument(
      errors.map((error) => ({ path: '', ...position(error.offset), message: syntaxMessage(error) })),
    );
  }
  const locate = ({ path, at, message, hint }: Finding): ConfigProblem => ({
    path: formatConfigPath(path),
    ...position(offsetOf(root, path, at)),
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const found: Finding[] = [];
  const value = root ? toValue(root, [], found) : {};
  return { value, problems: found.map(locate), locate };
}

/** Checks whether a text has no content, only comments and whitespace or nothing at all. */
export function isEmptySource(text: string): boolean {
  const scanner = createScanner(text.startsWith('\uFEFF') ? text.slice(1) : text, true);
  return scanner.scan() === END;
}

/** The token kind at the end of a text; the parser's own enumeration exists at compile time only. */
const END: number = 17;

function failedDocument(problems: ConfigProblem[]): JsoncDocument {
  const locate = ({ path, message }: Finding) => ({
    path: formatConfigPath(path),
    line: 1,
    column: 1,
    message,
  });
  return { value: undefined, problems, locate };
}

/** Converts a syntax tree to data; reports names that occur twice or cannot be used as a name. */
function toValue(node: Node, path: PropertyKey[], found: Finding[]): unknown {
  if (node.type === 'array') {
    return (node.children ?? []).map((child, index) => toValue(child, [...path, index], found));
  }
  if (node.type !== 'object') return node.value;
  const value: Record<string, unknown> = {};
  for (const { children } of node.children ?? []) {
    const [name, content] = children ?? [];
    if (!name || !content) continue;
    const key = String(name.value);
    const inner = [...path, key];
    if (Object.hasOwn(value, key)) {
      found.push({ path: inner, at: 'key', message: 'is written twice', hint: 'keep one of them' });
    } else if (key === '__proto__') {
      found.push({ path: inner, at: 'key', message: 'cannot be used as a name' });
    } else value[key] = toValue(content, inner, found);
  }
  return value;
}

/** Returns the offset of the last part of a path that exists; for a name that occurs twice, the second occurrence. */
function offsetOf(root: Node | undefined, path: readonly PropertyKey[], at: Finding['at']): number {
  let node = root;
  let offset = root?.offset ?? 0;
  for (const [index, segment] of path.entries()) {
    const last = index === path.length - 1;
    if (node?.type === 'array') {
      node = node.children?.[Number(segment)];
      offset = node?.offset ?? offset;
    } else {
      const property = node?.children?.findLast(({ children }) => children?.[0]?.value === segment);
      if (node?.type !== 'object' || !property) return offset;
      node = property.children?.[1];
      offset = last && at === 'value' ? (node?.offset ?? property.offset) : property.offset;
    }
  }
  return offset;
}

/** Returns a function that converts an offset to a line and column, both starting at 1. */
function indexPositions(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0, ...text.matchAll(/\r\n|\r|\n/g).map((match) => match.index + match[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/**
 * Returns the offset at which a text is nested too deeply. The parser is recursive, and this scan keeps a hostile
 * text from exhausting the stack.
 */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let before = -1; scanner.getPosition() > before && before < text.length; ) {
    before = scanner.getPosition();
    scanner.scan();
    const first = text[scanner.getTokenOffset()];
    if (first === '{' || first === '[') depth++;
    else if (first === '}' || first === ']') depth--;
    if (depth > MAX_DEPTH) return scanner.getTokenOffset();
  }
  return undefined;
}

const SYNTAX: Record<string, string> = {
  InvalidSymbol: 'this is not JSON; strings and names need double quotes',
  InvalidNumberFormat: 'this is not a number',
  PropertyNameExpected: 'expected a name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected ":" after the name',
  CommaExpected: 'expected "," before this',
  CloseBraceExpected: 'expected "}": an object is not closed',
  CloseBracketExpected: 'expected "]": a list is not closed',
  EndOfFileExpected: 'expected nothing more here',
  InvalidCommentToken: 'a comment cannot be here',
  UnexpectedEndOfComment: 'a comment is not closed; expected "*/"',
  UnexpectedEndOfString: "a string is not closed; expected '\"'",
  UnexpectedEndOfNumber: 'a number ends too early',
  InvalidUnicode: 'expected four hexadecimal digits after "\\u"',
  InvalidEscapeCharacter: 'there is no such escape; write "\\\\" for a backslash',
  InvalidCharacter: 'a control character in a string; write it as an escape, such as "\\n"',
};

function syntaxMessage({ error }: ParseError): string {
  return SYNTAX[printParseErrorCode(error)] ?? 'this is not JSON';
}
