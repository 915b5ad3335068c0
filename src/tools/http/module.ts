import type { ConfigurableToolModule } from '../port/module.ts';
import { type HttpToolConfig, httpSection } from './config.ts';

/** The tool that sends one HTTP request to a server that the operator allows. */
export const httpModule = {
  name: 'http',
  section: httpSection,
  resolve: (parsed: HttpToolConfig) => parsed,
  tools: { http_fetch: { byDefault: 'ask', pattern: { argument: 'url', kind: 'host' } } },
  load: async () => {
    const { createHttpFetchTool } = await import('./http-fetch.ts');
    return { create: (config: HttpToolConfig) => [createHttpFetchTool(config)] };
  },
} as const satisfies ConfigurableToolModule;
