import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/message.ts';
import { appendSkills } from '../../../src/tools/skills/prompt.ts';
import { createReadSkillTool } from '../../../src/tools/skills/read-skill.ts';
import { createSkillCatalog } from '../../../src/tools/skills/shelf.ts';
import { textOf } from './shell-bench.ts';
import { tempFolder } from './temp-folder.ts';

async function skillsBench() {
  const root = await tempFolder();
  const folder = join(root, 'skills');
  const reports: { folder: string; problem: string }[] = [];
  const shelf = createSkillCatalog((about) => reports.push(about));
  const tool = createReadSkillTool({ shelf, skillsOf: async () => folder });
  const context = { session: 's', call: '1.1', key: 'k', attempt: 1, signal: new AbortController().signal };
  return {
    root,
    folder,
    reports,
    async write(path: string, text: string) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    prompt: () => appendSkills(shelf, 'Be kind.', folder),
    read: async (input: Json) => textOf(await tool.run(input, context)),
  };
}

const skill = (name: string, description = `About ${name}.`, body = `Do ${name}.`) =>
  `---\nname: ${name}\ndescription: ${description}\n---\n${body}\n`;

it('lists the skills in order of name below the instructions', async () => {
  const { write, prompt } = await skillsBench();
  expect(await prompt()).toBe('Be kind.');
  await write('b/SKILL.md', skill('b', '>\n  Two\n  lines.'));
  await write('a/SKILL.md', skill('a'));
  await write('no-skill/README.md', 'nothing');
  await write('README.md', 'nothing');
  expect(await prompt()).toMatch(
    /^Be kind\.\n\n# Skills\n\n.*read_skill.*\n\n- a: About a\.\n- b: Two lines\.$/,
  );
});

it('[E4] applies an added, changed or removed skill from the next model call on', async () => {
  const { write, prompt, read, folder } = await skillsBench();
  await write('a/SKILL.md', skill('a'));
  const old = new Date(1_700_000_000_000);
  await utimes(join(folder, 'a/SKILL.md'), old, old);
  expect(await prompt()).toContain('- a: About a.');
  await write('a/SKILL.md', skill('a', 'About b.'));
  await utimes(join(folder, 'a/SKILL.md'), old, old);
  expect(await prompt()).toContain('- a: About b.');
  await rename(join(folder, 'a'), join(folder, 'c'));
  expect(await prompt()).toBe('Be kind.');
  await write('c/SKILL.md', skill('c'));
  expect(await prompt()).toContain('- c: About c.');
  expect(await read({ name: 'a' })).toBe('error-text: There is no skill "a". The skills are c.');
});

it('returns the instructions, path and file names of a skill, and its text files', async () => {
  const { write, read, folder } = await skillsBench();
  await write('a/SKILL.md', skill('a'));
  expect(await read({ name: 'a' })).toBe(`text: Do a.\n\n[This skill is in ${folder}/a.]`);
  await write('a/references/more.md', 'More.');
  await write('a/logo.png', 'a\0b');
  expect(await read({ name: 'a' })).toBe(
    `text: Do a.\n\n[This skill is in ${folder}/a. Its other files: logo.png, references/more.md; read one with {"name":"a","file":"logo.png"}.]`,
  );
  expect(await read({ name: 'a', file: 'references/more.md' })).toBe('text: More.');
  expect(await read({ name: 'a', file: 'logo.png' })).toContain('is a binary file');
  expect(await read({ name: 'a', file: 'nothing' })).toContain('does not exist');
});

it('[K5] reads nothing outside a skill: not by "..", an absolute path, or a link', async () => {
  const { write, read, prompt, root, folder } = await skillsBench();
  await writeFile(join(root, 'secret'), 'hidden treasure');
  await mkdir(join(root, 'outside'));
  await writeFile(join(root, 'outside', 'SKILL.md'), skill('linked', 'hidden treasure'));
  await writeFile(join(root, 'single'), skill('single', 'hidden treasure'));
  await write('a/SKILL.md', skill('a'));
  await write('b/SKILL.md', skill('b'));
  await symlink(join(root, 'secret'), join(folder, 'a', 'link'));
  await symlink(join(root, 'outside'), join(folder, 'linked'));
  await mkdir(join(folder, 'single'));
  await symlink(join(root, 'single'), join(folder, 'single', 'SKILL.md'));
  for (const file of ['../../secret', join(root, 'secret'), 'link', '../b/SKILL.md']) {
    expect(await read({ name: 'a', file })).toMatch(/^error-text: .* is not inside the folders/);
  }
  for (const name of ['linked', 'single']) {
    expect(await read({ name })).toMatch(/^error-text: .* is not inside .* The skills are a, b\.$/);
  }
  expect(await read({ name: '../outside' })).toContain('There is no skill');
  expect(await prompt()).not.toContain('treasure');
});

it('reports a broken skill once, explains it to the agent that asks, and keeps the others', async () => {
  const { write, read, prompt, reports, folder } = await skillsBench();
  await write('a/SKILL.md', skill('a'));
  await write('broken/SKILL.md', '# No head\n');
  await write('big/SKILL.md', skill('big', 'b', 'x'.repeat(300_000)));
  for (let round = 0; round < 3; round++) expect(await prompt()).toMatch(/\n\n- a: About a\.$/);
  expect(reports).toEqual([
    { folder: join(folder, 'big'), problem: expect.stringContaining('has 3000') },
    { folder: join(folder, 'broken'), problem: expect.stringContaining('does not start with YAML') },
  ]);
  expect(await read({ name: 'broken' })).toBe(
    'error-text: The skill "broken" cannot be used: it does not start with YAML frontmatter between two "---" lines. The skills are a.',
  );
  await write('broken/SKILL.md', skill('broken'));
  expect(await read({ name: 'broken' })).toContain('text: Do broken.');
  expect(reports).toHaveLength(2);
});

it('reports a folder that is missing or has too many skills, and the session continues', async () => {
  const { write, prompt, reports, folder } = await skillsBench();
  expect(await prompt()).toBe('Be kind.');
  expect(reports).toEqual([{ folder, problem: 'there is no such folder' }]);
  for (let index = 100; index < 220; index++) await write(`s${index}/SKILL.md`, skill(`s${index}`));
  expect((await prompt()).match(/^- s/gm)).toHaveLength(100);
  expect(reports.at(-1)).toEqual({ folder, problem: 'only its first 100 skills are used' });
  await rm(folder, { recursive: true });
  expect(await prompt()).toBe('Be kind.');
});
