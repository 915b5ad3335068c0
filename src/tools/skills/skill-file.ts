import { parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../errors/errors.ts';
import { BrokenSkillError } from '../../errors/tools.ts';

/** Content of a SKILL.md: YAML frontmatter with name and description, then the instructions. */
export interface SkillFile {
  name: string;
  description: string;
  /** The instructions, without the frontmatter. */
  body: string;
}

/** Limits of the format itself; see https://agentskills.io/specification. */
const frontmatter = z.object({
  name: z
    .string('"name" is missing or not a string')
    .max(64, '"name" is longer than 64 characters')
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      '"name" must consist of lower-case letters and digits, separated by single hyphens',
    ),
  description: z
    .string('"description" is missing or not a string')
    .trim()
    .min(1, '"description" is empty')
    .max(1024, '"description" is longer than 1024 characters'),
});

const OPENING = /^\uFEFF?---[ \t]*\r?\n/;
const CLOSING = /^---[ \t]*(\r?\n|$)/m;

/** Most characters of the frontmatter; far more than two short texts and some comments need. */
const LONGEST_FRONTMATTER = 16 * 1024;

/** Parses a SKILL.md that lies in a folder of this name. Throws BrokenSkillError and nothing else. */
export function parseSkill(text: string, folder: string): SkillFile {
  const opening = OPENING.exec(text)?.[0];
  const rest = opening === undefined ? '' : text.slice(opening.length);
  const closing = CLOSING.exec(rest.slice(0, LONGEST_FRONTMATTER));
  if (opening === undefined || !closing) {
    throw new BrokenSkillError(folder, 'it does not start with YAML frontmatter between two "---" lines');
  }
  const { data, error } = frontmatter.safeParse(parseYaml(rest.slice(0, closing.index), folder));
  if (error) throw new BrokenSkillError(folder, error.issues.map(({ message }) => message).join('; '));
  if (data.name !== folder) {
    throw new BrokenSkillError(folder, `"name" is "${data.name}" but must equal the name of the folder`);
  }
  return { ...data, body: rest.slice(closing.index + closing[0].length).trim() };
}

function parseYaml(text: string, folder: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault) {
    const line = text.slice(0, fault.pos[0]).split('\n').length + 1;
    const hint = 'a value that contains a colon needs quotes';
    throw new BrokenSkillError(folder, `line ${line} is not YAML (${fault.message}; ${hint})`);
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 10 });
    return value ?? {};
  } catch (error) {
    throw new BrokenSkillError(folder, messageOf(error));
  }
}
