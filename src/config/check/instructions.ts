import type { Home } from '../../util/home.ts';
import { resolvePath } from '../fields/paths.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';
import { readReferencedText } from '../secrets/references.ts';
import type { ReferenceSnapshot } from '../secrets/snapshot.ts';

/**
 * The instructions of all agents, including those that are kept in files, and the problems found while reading them.
 */
export interface ReadInstructions {
  /** The text of the instructions, by name of the agent. */
  texts: Map<string, string>;
  findings: Finding[];
}

/**
 * Reads the instructions that are kept in files of their own, or takes them from `given`; records the texts it used
 * in `read`.
 */
export function readInstructions(
  { agents = {} }: Partial<ParsedConfig>,
  { home, given }: { home: Home; given?: ReferenceSnapshot | undefined },
  read: ReferenceSnapshot,
): ReadInstructions {
  const result: ReadInstructions = { texts: new Map(), findings: [] };
  for (const [agent, { instructions }] of Object.entries(agents)) {
    if (typeof instructions === 'string') {
      result.texts.set(agent, instructions);
      continue;
    }
    const text = readReferencedText(resolvePath(instructions.file, home.root), { given }, read);
    if (typeof text === 'string') result.texts.set(agent, text);
    else result.findings.push({ path: ['agents', agent, 'instructions', 'file'], at: 'value', ...text });
  }
  return result;
}
