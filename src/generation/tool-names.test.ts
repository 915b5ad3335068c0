import { expect, it } from 'vitest';
import { checkSource } from '../../test/support/config-check.ts';
import { TOOL_NAMES } from '../permissions/tool-names.ts';
import { createTools, type ToolDeps } from '../tools/registry.ts';
import { createSkillCatalog } from '../tools/skills/shelf.ts';
import { resolveHome } from '../util/home.ts';

const never = async () => {
  throw new Error('no tool is run here');
};
const DEPS: ToolDeps = {
  jobsDir: '/nowhere',
  home: resolveHome('/nowhere'),
  readBlob: never,
  findOutput: never,
  shelf: createSkillCatalog(() => {}),
  skillsOf: never,
  agents: ['main'],
  config: { showConfig: never, planChange: never, applyPatch: never },
  reminders: { now: () => 0, add: never, list: never, cancel: never },
};

it('rules may name exactly the tools that exist', () => {
  const { config } = checkSource({ tools: { config: { enabled: true } } });
  const names = createTools(config.tools, DEPS)
    .list()
    .map(({ name }) => name);
  expect(names.toSorted()).toEqual(TOOL_NAMES.toSorted());
});
