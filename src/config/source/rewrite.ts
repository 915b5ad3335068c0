import { applyEdits, type Edit, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { ConfigError } from '../../errors/config.ts';
import { canonical } from '../schema/meaning.ts';
import { MAX_DEPTH, parseDocument } from './jsonc.ts';
import { indentOf, render, type Sheet, sheetOf } from './layout.ts';
import { additions, isBare, type Member, membersOf, type Range, removals } from './members.ts';

/**
 * Rewrites a text so that it means `value`, with as few changes as possible: unchanged parts keep their comments,
 * order and layout, and new members come last. Comments inside removed parts are removed with them; all others are
 * kept. Throws ConfigError when the text is not JSON with comments, or `value` is nested too deeply.
 */
export function rewrite(source: string, value: unknown): string {
  const { problems } = parseDocument(source);
  if (isDeeper(value, MAX_DEPTH)) {
    const message = `nested more than ${MAX_DEPTH} levels deep`;
    problems.push({ path: '', line: 1, column: 1, message });
  }
  if (problems.length > 0) throw new ConfigError('midturn.jsonc', problems);
  const mark = source.startsWith('\uFEFF') ? '\uFEFF' : '';
  return mark + grown(shrunk(source.slice(mark.length), value), value);
}

/** Deletes what `value` no longer has; runs first, because the position of new members depends on what is left. */
function shrunk(text: string, value: unknown): string {
  const root = parse(text);
  return root ? without(text, shrink(text, root, value)) : text;
}

function shrink(text: string, node: Node, value: unknown): Range[] {
  const members = membersOf(node);
  if (node.type === 'object' && isRecord(value)) {
    const stays = members.map(({ name }) => Object.hasOwn(value, name));
    const inside = members.filter((_, index) => stays[index]);
    return [
      ...removals(text, node, stays),
      ...inside.flatMap((member) => shrink(text, member.value, value[member.name])),
    ];
  }
  if (node.type !== 'array' || !Array.isArray(value)) return [];
  const stays = kept(members, value);
  if (stays) return removals(text, node, stays);
  return differing(members, value).flatMap((member) =>
    shrink(text, member.value, value[Number(member.name)]),
  );
}

function grown(text: string, value: unknown): string {
  const root = parse(text);
  const sheet = sheetOf(text, root);
  if (root) return applyEdits(text, grow(sheet, root, value));
  if (isRecord(value) && Object.keys(value).length === 0) return text;
  const before = /(^|[\r\n])$/.test(text) ? text : text + sheet.lineBreak;
  return before + render(value, '', sheet) + sheet.lineBreak;
}

function grow(sheet: Sheet, node: Node, value: unknown): Edit[] {
  if (saysTheSame(node, value)) return [];
  const members = membersOf(node);
  if (node.type === 'object' && isRecord(value) && !isBare(sheet.text, node)) {
    const names = new Set(members.map(({ name }) => name));
    const added = Object.entries(value).filter(([name]) => !names.has(name));
    return [
      ...members.flatMap((member) => grow(sheet, member.value, value[member.name])),
      ...(added.length > 0 ? additions(sheet, node, added) : []),
    ];
  }
  if (node.type === 'array' && Array.isArray(value) && !isBare(sheet.text, node)) {
    const changed = differing(members, value);
    if (changed.length > 0)
      return changed.flatMap((member) => grow(sheet, member.value, value[Number(member.name)]));
    const added = value.slice(members.length).map((item): [undefined, unknown] => [undefined, item]);
    const isLonger = members.every(
      (member, index) => index < value.length && saysTheSame(member.value, value[index]),
    );
    if (isLonger) return additions(sheet, node, added);
  }
  const content = render(value, indentOf(sheet.text, node.offset), sheet);
  return [{ offset: node.offset, length: node.length, content }];
}

/** Returns which items stay when a list only loses some; `undefined` when it changes in another way. */
function kept(members: readonly Member[], value: readonly unknown[]): boolean[] | undefined {
  const wanted = value.map(canonical);
  let next = 0;
  const stays = members.map((member) => {
    const isNext = next < wanted.length && canonical(getNodeValue(member.value)) === wanted[next];
    if (isNext) next += 1;
    return isNext;
  });
  return next === wanted.length ? stays : undefined;
}

/**
 * Returns the only item that differs in a list of the same length. With several, it is unclear which old item became
 * which new one, so none is returned.
 */
function differing(members: readonly Member[], value: readonly unknown[]): Member[] {
  if (members.length !== value.length) return [];
  const found = members.filter((member) => !saysTheSame(member.value, value[Number(member.name)]));
  return found.length === 1 ? found : [];
}

function saysTheSame(node: Node, value: unknown): boolean {
  return canonical(getNodeValue(node)) === canonical(value);
}

function without(text: string, ranges: readonly Range[]): string {
  let result = '';
  let position = 0;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    result += text.slice(position, Math.max(position, from));
    position = Math.max(position, to);
  }
  return result + text.slice(position);
}

function parse(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true, allowEmptyContent: true });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
