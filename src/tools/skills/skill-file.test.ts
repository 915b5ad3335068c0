import { expect, it } from 'vitest';
import { parseSkill } from './skill-file.ts';

const head = (lines: string) => `---\n${lines}\n---\n`;

it('reads name, description and instructions, and ignores other keys of the format', () => {
  const text = `\uFEFF${head(
    'name: pdf-forms\ndescription: >\n  Fills in forms.\n  Use for PDF.\nlicense: MIT\nmetadata:\n  version: "1"',
  )}\n# Forms\n\n---\nmore\n`;
  expect(parseSkill(text, 'pdf-forms')).toEqual({
    name: 'pdf-forms',
    description: 'Fills in forms. Use for PDF.',
    body: '# Forms\n\n---\nmore',
  });
  expect(parseSkill('---\r\nname: a\r\ndescription: b\r\n---', 'a')).toEqual({
    name: 'a',
    description: 'b',
    body: '',
  });
});

it.each([
  ['# Only text', 'it does not start with YAML frontmatter between two "---" lines'],
  ['---\nname: a\n', 'it does not start with YAML'],
  [head(''), '"name" is missing or not a string; "description" is missing or not a string'],
  [head('- a'), 'cannot be used'],
  [head('name: a\ndescription: " "'), '"description" is empty'],
  [head(`name: a\ndescription: ${'x'.repeat(1025)}`), '"description" is longer than 1024 characters'],
  [head('name: Big Name\ndescription: b'), 'lower-case letters'],
  [head('name: other\ndescription: b'), '"name" is "other" but must equal the name of the folder'],
  [head('name: a\ndescription: Use it: always'), 'line 3 is not YAML'],
  [head('name: a\nname: a\ndescription: b'), 'is not YAML'],
  [head(`a: &x [1,1]\nb: &y [${'*x,'.repeat(20)}]\nname: a\ndescription: b`), 'alias'],
])('explains what is wrong with %j', (text, problem) => {
  expect(() => parseSkill(text, 'a')).toThrow(problem);
});
