import type { ConfigurableToolModule } from '../port/module.ts';
import { resolveShellConfig, type ShellConfig, shellSection } from './config.ts';
import type { ShellDeps } from './shell.ts';

/** The tool that runs commands as jobs outside the daemon's processes. */
export const shellModule = {
  name: 'shell',
  section: shellSection,
  resolve: resolveShellConfig,
  tools: { shell: { byDefault: 'ask', pattern: { argument: 'command', kind: 'command' } } },
  load: async () => {
    const { createShellTool } = await import('./shell.ts');
    return { create: (config: ShellConfig, deps: ShellDeps) => [createShellTool(config, deps)] };
  },
} as const satisfies ConfigurableToolModule;
