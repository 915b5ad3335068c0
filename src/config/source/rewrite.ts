import { applyEdits, type Edit, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { ConfigError } from '../../errors/config.ts';
import { canonicalJson } from '../schema/meaning.ts';
import { MAX_DEPTH, parseDocument } from './jsonc.ts';
import { detectLayout, getIndent, renderValue, type SourceLayout } from './layout.ts';
import {
  isEmptyContainer,
  listMembers,
  planAdditions,
  planRemovals,
  type SourceMember,
  type TextRange,
} from './members.ts';

/**
 * Rewrites a text so that it means `value`, with as few changes as possible: unchanged parts keep their comments,
 * order and layout, and new members come last. Comments inside removed parts are removed with them; all others are
 * kept. Throws ConfigError when the text is not JSON with comments, or `value` is nested too deeply.
 */
export function rewriteSource(source: string, value: unknown): string {
  const { problems } = parseDocument(source);
  if (isDeeper(value, MAX_DEPTH)) {
    const message = `nested more than ${MAX_DEPTH} levels deep`;
    problems.push({ path: '', line: 1, column: 1, message });
  }
  if (problems.length > 0) throw new ConfigError('midturn.jsonc', problems);
  const mark = source.startsWith('\uFEFF') ? '\uFEFF' : '';
  return mark + addMissing(removeAbsent(source.slice(mark.length), value), value);
}

/** Deletes what `value` no longer has; runs first, because the position of new members depends on what is left. */
function removeAbsent(text: string, value: unknown): string {
  const root = parseSource(text);
  return root ? cutRanges(text, absentRanges(text, root, value)) : text;
}

function absentRanges(text: string, node: Node, value: unknown): TextRange[] {
  const members = listMembers(node);
  if (node.type === 'object' && isRecord(value)) {
    const stays = members.map(({ name }) => Object.hasOwn(value, name));
    const inside = members.filter((_, index) => stays[index]);
    return [
      ...planRemovals(text, node, stays),
      ...inside.flatMap((member) => absentRanges(text, member.value, value[member.name])),
    ];
  }
  if (node.type !== 'array' || !Array.isArray(value)) return [];
  const stays = findKeptItems(members, value);
  if (stays) return planRemovals(text, node, stays);
  return findDifferingItem(members, value).flatMap((member) =>
    absentRanges(text, member.value, value[Number(member.name)]),
  );
}

function addMissing(text: string, value: unknown): string {
  const root = parseSource(text);
  const sheet = detectLayout(text, root);
  if (root) return applyEdits(text, missingEdits(sheet, root, value));
  if (isRecord(value) && Object.keys(value).length === 0) return text;
  const before = /(^|[\r\n])$/.test(text) ? text : text + sheet.lineBreak;
  return before + renderValue(value, '', sheet) + sheet.lineBreak;
}

function missingEdits(sheet: SourceLayout, node: Node, value: unknown): Edit[] {
  if (hasValue(node, value)) return [];
  const members = listMembers(node);
  if (node.type === 'object' && isRecord(value) && !isEmptyContainer(sheet.text, node)) {
    const names = new Set(members.map(({ name }) => name));
    const added = Object.entries(value).filter(([name]) => !names.has(name));
    return [
      ...members.flatMap((member) => missingEdits(sheet, member.value, value[member.name])),
      ...(added.length > 0 ? planAdditions(sheet, node, added) : []),
    ];
  }
  if (node.type === 'array' && Array.isArray(value) && !isEmptyContainer(sheet.text, node)) {
    const changed = findDifferingItem(members, value);
    if (changed.length > 0)
      return changed.flatMap((member) => missingEdits(sheet, member.value, value[Number(member.name)]));
    const added = value.slice(members.length).map((item): [undefined, unknown] => [undefined, item]);
    const isLonger = members.every(
      (member, index) => index < value.length && hasValue(member.value, value[index]),
    );
    if (isLonger) return planAdditions(sheet, node, added);
  }
  const content = renderValue(value, getIndent(sheet.text, node.offset), sheet);
  return [{ offset: node.offset, length: node.length, content }];
}

/** Returns which items stay when a list only loses some; `undefined` when it changes in another way. */
function findKeptItems(members: readonly SourceMember[], value: readonly unknown[]): boolean[] | undefined {
  const wanted = value.map(canonicalJson);
  let next = 0;
  const stays = members.map((member) => {
    const isNext = next < wanted.length && canonicalJson(getNodeValue(member.value)) === wanted[next];
    if (isNext) next += 1;
    return isNext;
  });
  return next === wanted.length ? stays : undefined;
}

/**
 * Returns the only item that differs in a list of the same length. With several, it is unclear which old item became
 * which new one, so none is returned.
 */
function findDifferingItem(members: readonly SourceMember[], value: readonly unknown[]): SourceMember[] {
  if (members.length !== value.length) return [];
  const found = members.filter((member) => !hasValue(member.value, value[Number(member.name)]));
  return found.length === 1 ? found : [];
}

function hasValue(node: Node, value: unknown): boolean {
  return canonicalJson(getNodeValue(node)) === canonicalJson(value);
}

function cutRanges(text: string, ranges: readonly TextRange[]): string {
  let result = '';
  let position = 0;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    result += text.slice(position, Math.max(position, from));
    position = Math.max(position, to);
  }
  return result + text.slice(position);
}

function parseSource(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true, allowEmptyContent: true });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
