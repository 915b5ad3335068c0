import fc from 'fast-check';
import { createScanner, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { formatConfigPath, getValueAt } from '../../src/config/fields/problems.ts';
import { applyMergePatch, setValueAt } from '../../src/config/revisions/edit.ts';
import { canonicalJson } from '../../src/config/schema/meaning.ts';
import { parseDocument } from '../../src/config/source/jsonc.ts';

/** Only a few names, so that patches hit existing keys. */
const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'ä"]', '', 'constructor');
const scalar = fc.oneof(
  fc.constantFrom(null, true, 0, -1.5e-7, '', 'x', '// no comment', `$\{env:X}`),
  fc.string(),
);

const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  object: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    scalar,
    tie('object'),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}));

const GAPS = ['', '', ' ', '\n', '\n    ', '\t', '\r\n', '/**/', '//\n', ' //\n  ', '\n  /**/\n'];
const gap = fc.constantFrom(...GAPS);

/** An arbitrary value, written with arbitrary white space, numbered comments and trailing commas. */
const source = fc
  .tuple(
    value,
    fc.infiniteStream(gap, { noHistory: true }),
    fc.infiniteStream(fc.boolean(), { noHistory: true }),
    fc.constantFrom('', '\uFEFF'),
  )
  .map(([value, gaps, trailing, mark]) => {
    let count = 0;
    const space = () =>
      String(gaps.next().value).replace(/\/\*\*\/|\/\//, (sign) => {
        count += 1;
        return sign === '//' ? `// c${count}.` : `/* c${count}. */`;
      });
    const list = (members: string[]) => {
      const comma = members.length > 0 && trailing.next().value ? `,${space()}` : '';
      return space() + members.map((member) => member + space()).join(`,${space()}`) + comma;
    };
    const write = (value: unknown): string => {
      if (Array.isArray(value)) return `[${list(value.map(write))}]`;
      if (typeof value !== 'object' || value === null) return JSON.stringify(value);
      const members = Object.entries(value).map(
        ([name, item]) => `${JSON.stringify(name)}${space()}:${space()}${write(item)}`,
      );
      return `{${list(members)}}`;
    };
    return mark + space() + write(value) + space();
  });

const parse = (text: string) => parseTree(text.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true });

function dataOf(text: string): unknown {
  const document = parseDocument(text);
  expect(document.problems).toEqual([]);
  return document.value;
}

/** Merges a patch as RFC 7386 specifies it. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(Object.hasOwn(result, name) ? result[name] : undefined, value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the comments of a text with their offsets. */
function commentsOf(text: string): { offset: number; text: string }[] {
  const scanner = createScanner(text, false);
  const found: { offset: number; text: string }[] = [];
  scanner.scan();
  while (scanner.getTokenLength() > 0) {
    const token = text.slice(scanner.getTokenOffset(), scanner.getPosition());
    if (/^\/[/*]/.test(token)) found.push({ offset: scanner.getTokenOffset(), text: token });
    scanner.scan();
  }
  return found;
}

/** Returns the nodes that a patch removes, each with everything inside it. */
function goneFrom(node: Node, target: unknown): Node[] {
  if (canonicalJson(getNodeValue(node)) === canonicalJson(target)) return [];
  if (node.type !== 'object' || !isObject(target)) return [node];
  return (node.children ?? []).flatMap((property) => {
    const [name, value] = property.children ?? [];
    const key = String(name?.value);
    if (!value || !Object.hasOwn(target, key)) return [property];
    return goneFrom(value, target[key]);
  });
}

function expectRewritten(before: string, after: string, target: unknown): void {
  expect(canonicalJson(dataOf(after))).toBe(canonicalJson(target));
  const text = before.replace(/^\uFEFF/, '');
  const root = parse(before);
  const gone = root ? goneFrom(root, target) : [];
  const stay = commentsOf(text)
    .filter(({ offset }) => !gone.some((node) => offset > node.offset && offset < node.offset + node.length))
    .map((comment) => comment.text.trimEnd());
  const left = commentsOf(after.replace(/^\uFEFF/, '')).map((comment) => comment.text.trimEnd());
  expect(left.filter((comment) => stay.includes(comment))).toEqual(stay);
  expect(after.startsWith('\uFEFF')).toBe(before.startsWith('\uFEFF'));
}

describe('[E11] any text and any change', () => {
  it('a merge patch gives the merged value, and keeps every comment outside the removed nodes', () => {
    fc.assert(
      fc.property(source, value, (text, patch) => {
        const target = merge(dataOf(text), patch);
        const patched = applyMergePatch(text, patch);
        expectRewritten(text, patched, target);
        if (!isObject(target)) return;
        expect(applyMergePatch(patched, {})).toBe(patched);
        expect(Object.keys(Object(dataOf(patched)))).toEqual(Object.keys(target));
      }),
      { numRuns: 1500 },
    );
  });

  it('a patch that changes nothing changes no byte', () => {
    fc.assert(
      fc.property(source, (text) => {
        const nothing = withoutNulls(dataOf(text));
        expect(applyMergePatch(text, nothing)).toBe(text);
      }),
    );
  });

  it('a set key has the value, a removed key is gone, and a path is read as it is written', () => {
    const path = fc.array(name, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(source, path, fc.option(value, { nil: undefined }), (text, segments, value) => {
        fc.pre(isObject(dataOf(text)));
        fc.pre(
          segments.every((_, index) => !Array.isArray(getValueAt(dataOf(text), segments.slice(0, index)))),
        );
        const edited = setValueAt(text, formatConfigPath(segments), value);
        expect(canonicalJson(getValueAt(dataOf(edited), segments))).toBe(canonicalJson(value));
        expect(parseDocument(edited).problems).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** Removes nulls, because a merge patch cannot set a value to null. */
function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutNulls(item)]));
}
