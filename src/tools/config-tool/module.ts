import type { ConfigurableToolModule } from '../port/module.ts';
import { type ConfigToolConfig, configToolSection } from './config.ts';
import type { ConfigPort } from './port.ts';

/** The tool with which an agent reads and changes the configuration of its own daemon. */
export const configModule = {
  name: 'config',
  section: configToolSection,
  resolve: (parsed: ConfigToolConfig) => parsed,
  tools: { config: { byDefault: 'allow' } },
  load: async () => {
    const { createConfigTool } = await import('./config-tool.ts');
    return {
      create: (_: ConfigToolConfig, { config }: ConfigToolDeps) => [createConfigTool(config)],
    };
  },
} as const satisfies ConfigurableToolModule;

interface ConfigToolDeps {
  /** The configuration as an agent may see and change it. */
  config: ConfigPort;
}
