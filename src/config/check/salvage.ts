import { findNodeAtLocation, getNodeValue, type ParseError, parseTree } from 'jsonc-parser';

/**
 * Reads top-level members of a configuration's text that may be broken elsewhere. A member that holds a syntax error
 * itself is left out, because only a part of its value may be there. Never throws.
 */
export function salvageMembers(text: string, names: readonly string[]): Record<string, unknown> {
  const errors: ParseError[] = [];
  const root = parseTree(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true });
  if (root?.type !== 'object') return {};
  const found = names.flatMap((name) => {
    const node = findNodeAtLocation(root, [name]);
    if (!node) return [];
    const end = node.offset + node.length;
    const isWhole = !errors.some(({ offset }) => offset >= node.offset && offset <= end);
    return isWhole ? [[name, getNodeValue(node)] as const] : [];
  });
  return Object.fromEntries(found);
}
