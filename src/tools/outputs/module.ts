import type { ToolModule, ToolSwitch } from '../port/module.ts';
import type { ReadOutputDeps } from './read-output.ts';

/** The tool that reads the parts of a long output that the model was not given. */
export const outputsModule = {
  name: 'outputs',
  tools: { read_output: { byDefault: 'with-tools' } },
  load: async () => {
    const { createReadOutputTool } = await import('./read-output.ts');
    return { create: (_: ToolSwitch, deps: ReadOutputDeps) => [createReadOutputTool(deps)] };
  },
} as const satisfies ToolModule;
