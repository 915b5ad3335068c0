import type { ToolModule, ToolSwitch } from '../port/module.ts';

/** The tool that gives a task to another agent. */
export const delegateModule = {
  name: 'delegate',
  tools: { delegate: { byDefault: 'allow', pattern: { argument: 'agent', kind: 'agent' } } },
  load: async () => {
    const { createDelegateTool } = await import('./delegate.ts');
    return {
      create: (_: ToolSwitch, { agents }: DelegateDeps) => [createDelegateTool(agents)],
    };
  },
} as const satisfies ToolModule;

interface DelegateDeps {
  /** Names of the agents to which an agent can delegate work. */
  agents: readonly string[];
}
