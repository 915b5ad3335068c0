import type { SkillCatalog, SkillListing } from './shelf.ts';

/** Returns the instructions followed by the names and descriptions of the skills in a folder. Never rejects. */
export async function appendSkills(
  shelf: SkillCatalog,
  instructions: string,
  folder: string,
): Promise<string> {
  const list = describeSkills(await shelf.readFolder(folder));
  return [instructions, list].filter(Boolean).join('\n\n');
}

function describeSkills({ skills }: SkillListing): string {
  if (skills.size === 0) return '';
  const lines = [...skills.values()].map(
    ({ name, description }) => `- ${name}: ${description.replaceAll(/\s+/g, ' ')}`,
  );
  return `# Skills\n\nThere are instructions for particular kinds of work. When one of these fits the task, read it with read_skill before you begin, and follow it.\n\n${lines.join('\n')}`;
}
