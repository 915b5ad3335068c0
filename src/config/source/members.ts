import { createScanner, type Edit, type Node } from 'jsonc-parser';
import {
  findLineStart,
  getIndent,
  renderInline,
  renderValue,
  type SourceLayout,
  startsLine,
} from './layout.ts';

/** A member of an object or an item of a list, with its position in the text. */
export interface SourceMember {
  name: string | number;
  /** The whole member, its name included. */
  node: Node;
  value: Node;
}

export function listMembers(node: Node): SourceMember[] {
  return (node.children ?? []).map((child, index) => {
    const [name, value] = node.type === 'object' ? (child.children ?? []) : [];
    return { name: name ? String(name.value) : index, node: child, value: value ?? child };
  });
}

export interface TextRange {
  from: number;
  to: number;
}

/**
 * Returns the ranges to delete so that the members for which `stays` is false are gone: each with the comma behind
 * it, plus a comma that would become trailing where there was none. Comments are kept. The ranges may overlap.
 */
export function planRemovals(text: string, node: Node, stays: readonly boolean[]): TextRange[] {
  const children = node.children ?? [];
  const { commas } = findSeparators(text, node);
  const gone = children.flatMap((child, index) =>
    stays[index] ? [] : memberRanges(text, child, commas[index]),
  );
  const last = stays.lastIndexOf(true);
  const comma = last < children.length - 1 && commas.at(-1) === undefined ? commas[last] : undefined;
  return comma === undefined ? gone : [...gone, { from: comma, to: comma + 1 }];
}

function memberRanges(text: string, { offset, length }: Node, comma: number | undefined): TextRange[] {
  const end = offset + length;
  if (comma === undefined) return [withSpace(text, offset, end)];
  if (text.slice(end, comma).trim() === '') return [withSpace(text, offset, comma + 1)];
  return [withSpace(text, offset, end), withSpace(text, comma, comma + 1)];
}

/** Extends a range by the whitespace that belongs to it: complete lines where nothing else stands on them. */
function withSpace(text: string, from: number, to: number): TextRange {
  const after = to + (/^[ \t]*/.exec(text.slice(to, to + 1000))?.[0].length ?? 0);
  const lineBreak = /^(\r\n|\r|\n)/.exec(text.slice(after, after + 2))?.[0].length ?? 0;
  if (lineBreak > 0 && startsLine(text, from))
    return { from: findLineStart(text, from), to: after + lineBreak };
  if (lineBreak === 0) return { from, to: after };
  const before = /[ \t]*$/.exec(text.slice(Math.max(0, from - 1000), from))?.[0].length ?? 0;
  return { from: from - before, to: after };
}

/** Returns the edits that append members; each is a name and a value, or only a value in a list. */
export function planAdditions(
  sheet: SourceLayout,
  node: Node,
  members: readonly [name: string | undefined, value: unknown][],
): Edit[] {
  const { text, lineBreak } = sheet;
  const { commas, end } = findSeparators(text, node);
  const last = node.children?.at(-1);
  const hasLines = /[\r\n]/.test(text.slice(node.offset, node.offset + node.length));
  const indent = indentInside(sheet, node);
  const entries = members.map(([name, value]) => {
    const content = hasLines ? renderValue(value, indent, sheet) : renderInline(value);
    return name === undefined ? content : `${JSON.stringify(name)}: ${content}`;
  });
  const before = hasLines ? lineBreak + indent : ' ';
  const isTrailing = last !== undefined && commas.at(-1) !== undefined;
  const content = before + entries.join(`,${before}`) + (isTrailing ? ',' : '');
  const comma = last && !isTrailing ? [{ offset: last.offset + last.length, length: 0, content: ',' }] : [];
  return [...comma, { offset: end, length: 0, content }];
}

/** Checks whether nothing stands between the brackets, not even a comment. */
export function isEmptyContainer(text: string, node: Node): boolean {
  return text.slice(node.offset + 1, node.offset + node.length - 1).trim() === '';
}

function indentInside({ text, unit }: SourceLayout, node: Node): string {
  const model = node.children?.findLast(({ offset }) => startsLine(text, offset));
  return model ? getIndent(text, model.offset) : getIndent(text, node.offset) + unit;
}

/**
 * Returns the comma behind each member, where there is one, and the end of the last token before the closing
 * bracket.
 */
function findSeparators(text: string, node: Node): { commas: (number | undefined)[]; end: number } {
  const children = node.children ?? [];
  const close = node.offset + node.length - 1;
  const commas = children.map(({ offset, length }, index) => {
    const gap = scanTokens(text, offset + length, children[index + 1]?.offset ?? close);
    return gap.find(({ from }) => text[from] === ',')?.from;
  });
  const last = children.at(-1);
  const begin = last ? last.offset + last.length : node.offset + 1;
  return { commas, end: scanTokens(text, begin, close).at(-1)?.to ?? begin };
}

/** Returns the commas and comments between two offsets. */
function scanTokens(text: string, from: number, to: number): TextRange[] {
  const found: TextRange[] = [];
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  scanner.scan();
  while (scanner.getTokenLength() > 0 && scanner.getTokenOffset() < to) {
    const offset = scanner.getTokenOffset();
    const token = text.slice(offset, scanner.getPosition());
    if (token.trim() !== '') found.push({ from: offset, to: offset + token.length });
    scanner.scan();
  }
  return found;
}
