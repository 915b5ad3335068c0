import { ConfigPathError } from '../../errors/config.ts';

/**
 * Parses a path in the form used in documents and messages: `agents.main.tools[2]`, `agents["a.b"].model`. Throws
 * ConfigPathError.
 */
export function parsePath(text: string): PropertyKey[] {
  const path: PropertyKey[] = [];
  let rest = text;
  while (rest !== '' || path.length === 0) {
    const [match, name, quoted, index] = (path.length === 0 ? FIRST : LATER).exec(rest) ?? [];
    if (match === undefined) throw new ConfigPathError(text, 'it is not a path');
    path.push(index !== undefined ? Number(index) : (name ?? parseQuotedName(quoted, text)));
    rest = rest.slice(match.length);
  }
  return path;
}

const BRACKETS = String.raw`\[(?:("(?:[^"\\]|\\.)*")|(\d{1,6}))\]`;
const FIRST = new RegExp(String.raw`^(?:([^.[\]"]+)|${BRACKETS})`);
const LATER = new RegExp(String.raw`^(?:\.([^.[\]"]+)|${BRACKETS})`);

function parseQuotedName(quoted: string | undefined, text: string): string {
  try {
    return String(JSON.parse(quoted ?? ''));
  } catch {
    throw new ConfigPathError(text, `${quoted} is not a name in quotes`);
  }
}
