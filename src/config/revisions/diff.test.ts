import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSources } from './diff.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`);

describe('[E14] the difference of two texts', () => {
  it('is nothing when they are the same, whatever ends their lines', () => {
    expect(diffSources('a\nb\n', 'a\r\nb')).toBe('');
    expect(diffSources('', '')).toBe('');
  });

  it('has changed lines with three around them, and one hunk for what is close', () => {
    const before = numbers(30);
    const after = [...before];
    after[4] = 'five\n';
    after.splice(10, 2);
    after.push('more\n');
    expect(diffSources(before.join(''), after.join(''))).toBe(`@@ -2,14 +2,12 @@
 line 2
 line 3
 line 4
-line 5
+five
 line 6
 line 7
 line 8
 line 9
 line 10
-line 11
-line 12
 line 13
 line 14
 line 15
@@ -28,3 +26,4 @@
 line 28
 line 29
 line 30
+more
`);
  });

  it('counts as other tools do where a side is empty or has one line', () => {
    expect(diffSources('', 'a\n')).toBe('@@ -0,0 +1 @@\n+a\n');
    expect(diffSources('a\nb\n', '')).toBe('@@ -1,2 +0,0 @@\n-a\n-b\n');
  });

  it('makes the one of the other, with as few changes as possible', () => {
    const texts = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n'), { maxLength: 25 });
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const difference = diffSources(before.join(''), after.join(''));
        expect(applied(before, difference)).toEqual(after);
        expect(difference.match(/^[-+]/gm)?.length ?? 0).toBe(
          before.length + after.length - 2 * common(before, after),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('of two large texts with nothing in common is bounded work', () => {
    const text = (word: string) =>
      Array.from({ length: 50_000 }, (_, index) => `${word} ${index}`).join('\n');
    expect(diffSources(text('a'), text('b')).split('\n')).toHaveLength(100_002);
  });
});

function applied(before: readonly string[], difference: string): string[] {
  const result: string[] = [];
  let position = 0;
  for (const line of difference.split(/^/m)) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (header) {
      const begin = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      result.push(...before.slice(position, begin));
      position = begin;
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      expect(line.slice(1)).toBe(before[position]);
      if (line.startsWith(' ')) result.push(line.slice(1));
      position++;
    }
  }
  return [...result, ...before.slice(position)];
}

/** The length of the longest common subsequence, the slow and certain way. */
function common(a: readonly string[], b: readonly string[]): number {
  let row: number[] = Array(b.length + 1).fill(0);
  for (const line of a) {
    const next = [0];
    for (const [index, other] of b.entries()) {
      next.push(line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
