/** Number of unchanged lines that are shown around a change. */
const CONTEXT = 3;
/**
 * Maximum number of differences; texts with more are treated as completely different, because the work grows with
 * its square.
 */
const MAX_DIFFERENCES = 500;

interface Line {
  sign: ' ' | '-' | '+';
  text: string;
}

/**
 * Compares two texts line by line and returns the hunks of a unified diff without its header; empty when they are
 * equal. The caller must pass texts that may be shown.
 */
export function diffSources(before: string, after: string): string {
  const lines = compareLines(linesOf(before), linesOf(after));
  return hunksOf(lines)
    .map(({ from, to }) => formatHunk(lines, from, to))
    .join('');
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [old, young] = [before, after].map((lines) => lines.slice(start, lines.length - end));
  return [
    ...withSign(' ', before.slice(0, start)),
    ...findShortestEdit(old ?? [], young ?? []),
    ...withSign(' ', before.slice(before.length - end)),
  ];
}

/** A partial edit path: how far it has come on its diagonal, and the lines that it removed or added. */
interface Way {
  x: number;
  edits: Edit | undefined;
}

interface Edit {
  sign: '-' | '+';
  index: number;
  earlier: Edit | undefined;
}

/**
 * Finds the shortest edit with Myers' algorithm: how far each diagonal reaches with d differences, for d = 0, 1, 2 …
 */
function findShortestEdit(before: readonly string[], after: readonly string[]): Line[] {
  let ways = new Map<number, Way>([[1, { x: 0, edits: undefined }]]);
  for (let d = 0; d <= Math.min(MAX_DIFFERENCES, before.length + after.length); d++) {
    const next = new Map<number, Way>();
    for (let k = -d; k <= d; k += 2) {
      const way = extendPath(ways, k, d);
      while (way.x < before.length && before[way.x] === after[way.x - k]) way.x++;
      next.set(k, way);
      if (way.x >= before.length && way.x - k >= after.length) return mergeEdits(before, after, way.edits);
    }
    ways = next;
  }
  return [...withSign('-', before), ...withSign('+', after)];
}

/** Extends the neighbouring path that reaches further by one difference: an added line, or a removed one. */
function extendPath(ways: ReadonlyMap<number, Way>, k: number, d: number): Way {
  const [below, above] = [ways.get(k - 1), ways.get(k + 1)];
  if (d === 0) return { x: 0, edits: undefined };
  if (above && (!below || below.x < above.x)) {
    return { x: above.x, edits: { sign: '+', index: above.x - k - 1, earlier: above.edits } };
  }
  const { x, edits } = below ?? { x: 0, edits: undefined };
  return { x: x + 1, edits: { sign: '-', index: x, earlier: edits } };
}

function mergeEdits(before: readonly string[], after: readonly string[], edits: Edit | undefined): Line[] {
  const [left, put] = [new Set<number>(), new Set<number>()];
  for (let edit = edits; edit; edit = edit.earlier) (edit.sign === '-' ? left : put).add(edit.index);
  const lines: Line[] = [];
  let [x, y] = [0, 0];
  while (x < before.length || y < after.length) {
    if (left.has(x)) lines.push({ sign: '-', text: before[x++] ?? '' });
    else if (put.has(y)) lines.push({ sign: '+', text: after[y++] ?? '' });
    else {
      lines.push({ sign: ' ', text: before[x++] ?? '' });
      y++;
    }
  }
  return lines;
}

function withSign(sign: Line['sign'], texts: readonly string[]): Line[] {
  return texts.map((text) => ({ sign, text }));
}

/** Returns the ranges of changed lines with their context; ranges that touch are one hunk. */
function hunksOf(lines: readonly Line[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + 1 + CONTEXT)];
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks;
}

function formatHunk(lines: readonly Line[], from: number, to: number): string {
  const range = (other: Line['sign']) => {
    const count = (some: readonly Line[]) => some.filter(({ sign }) => sign !== other).length;
    const length = count(lines.slice(from, to));
    const first = count(lines.slice(0, from)) + (length === 0 ? 0 : 1);
    return length === 1 ? `${first}` : `${first},${length}`;
  };
  const body = lines.slice(from, to).map(({ sign, text }) => `${sign}${text}\n`);
  return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`;
}
