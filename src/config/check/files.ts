import type { Home } from '../../util/home.ts';
import { resolvePath } from '../fields/paths.ts';
import { getValueAt } from '../fields/problems.ts';
import { type ExpandedSource, expandReferences } from '../secrets/references.ts';
import { parseDocument } from '../source/jsonc.ts';

/**
 * Returns the absolute paths of the files that a text refers to, whether they exist or not. The text need not be
 * valid: a missing file may be its only problem. Never throws.
 */
export function listReferencedFiles(
  text: string,
  { home, env }: { home: Home; env: Readonly<Record<string, string | undefined>> },
): string[] {
  const { value } = parseDocument(text);
  return collectReferencedFiles(expandReferences(value, { root: home.root, env }), home);
}

/**
 * Returns the absolute paths of the files in `${file:…}` references, and of those that contain instructions of
 * agents.
 */
export function collectReferencedFiles({ value, files }: ExpandedSource, home: Home): string[] {
  const agents = getValueAt(value, ['agents']);
  const instructions = Object.values(typeof agents === 'object' ? (agents ?? {}) : {})
    .map((agent) => getValueAt(agent, ['instructions', 'file']))
    .filter((file) => typeof file === 'string' && file !== '')
    .map((file) => resolvePath(String(file), home.root));
  return [...new Set([...files, ...instructions])];
}
