import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { NoSuchSkillError, OutsideRootsError } from '../../errors/tools.ts';
import { isWithin } from '../../util/home.ts';
import { openFolder } from '../files/folder.ts';
import { resolveInRoots } from '../files/paths.ts';
import { openRegularFile, readWholeText } from '../files/regular-file.ts';
import { walkFolder } from '../files/walk.ts';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import type { SkillCatalog, SkillListing } from './shelf.ts';
import type { SkillFile } from './skill-file.ts';

export const READ_SKILL = 'read_skill';

const readSkillArguments = z.strictObject({
  name: z.string().min(1).describe('Name of the skill.'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Another text file of the skill, relative to its folder; the skill's instructions when absent.",
    ),
});

export interface ReadSkillDeps {
  shelf: SkillCatalog;
  /** Returns the folder with the skills of the session's agent; `undefined` when the agent has none. */
  skillsOf(session: string): Promise<string | undefined>;
}

/**
 * Creates `read_skill`, which returns the instructions of a skill, whose name and description are in the
 * prompt, or another file of it.
 */
export function createReadSkillTool({ shelf, skillsOf }: ReadSkillDeps): Tool {
  return defineTool({
    name: READ_SKILL,
    description:
      'Reads the instructions of a skill, or another text file of it. The skills are listed in your instructions.',
    arguments: readSkillArguments,
    effect: 'read',
    async run({ name, file }, { session, signal }) {
      const folder = await skillsOf(session);
      const catalogue: SkillListing = folder
        ? await shelf.readFolder(folder)
        : { skills: new Map(), broken: new Map() };
      const skill = catalogue.skills.get(name);
      if (!folder || !skill) throw noSuchSkill(name, catalogue);
      const own = await resolveSkillFolder(folder, name);
      if (file !== undefined) return { type: 'text', value: await readFileOf(own, file) };
      return { type: 'text', value: `${skill.body}${await describeOtherFiles(own, skill, signal)}` };
    },
  });
}

function noSuchSkill(name: string, { skills, broken }: SkillListing): Error {
  const why = broken.get(name);
  return new NoSuchSkillError(name, [...skills.keys()], why);
}

/**
 * Returns the real folder of a skill. Throws OutsideRootsError when a link leads out of the folder of skills,
 * because what lies there does not belong to the skill.
 */
async function resolveSkillFolder(folder: string, name: string): Promise<string> {
  const own = await realpath(join(folder, name));
  if (!isWithin(own, await realpath(folder))) throw new OutsideRootsError(join(folder, name), [folder]);
  return own;
}

async function readFileOf(own: string, file: string): Promise<string> {
  await using opened = await openRegularFile({ roots: [own] }, file);
  return await readWholeText(opened);
}

const MOST_FILES = 200;

/**
 * Lists the other files of a skill and their folder, because the model must know these to run scripts and read
 * files.
 */
async function describeOtherFiles(own: string, { name }: SkillFile, signal: AbortSignal): Promise<string> {
  await using folder = await openFolder(await resolveInRoots({ roots: [own] }, '.'));
  const files: string[] = [];
  for await (const { kind, label } of walkFolder(folder, '', { depth: 8, hidden: false })) {
    signal.throwIfAborted();
    if (files.length === MOST_FILES) break;
    if (kind === 'file' && label !== 'SKILL.md') files.push(label);
  }
  const more = files.length === MOST_FILES ? ' and more' : '';
  const read = `; read one with ${JSON.stringify({ name, file: files[0] })}`;
  return `\n\n[This skill is in ${own}.${files.length > 0 ? ` Its other files: ${files.join(', ')}${more}${read}.` : ''}]`;
}
