import type { ToolModule, ToolSwitch } from '../port/module.ts';
import type { ReadSkillDeps } from './read-skill.ts';

/** The tool that reads the skills of an agent. */
export const skillsModule = {
  name: 'skills',
  tools: { read_skill: { byDefault: 'with-skills' } },
  load: async () => {
    const { createReadSkillTool } = await import('./read-skill.ts');
    return { create: (_: ToolSwitch, deps: ReadSkillDeps) => [createReadSkillTool(deps)] };
  },
} as const satisfies ToolModule;
