import type { Home } from '../../util/home.ts';
import type { ConfigurableToolModule } from '../port/module.ts';
import { type FilesConfig, filesSection, resolveFilesConfig } from './config.ts';

/** The tools that read, write, list and search files within the configured roots. */
export const filesModule = {
  name: 'files',
  section: filesSection,
  resolve: resolveFilesConfig,
  tools: {
    read_file: { byDefault: 'allow', pattern: { argument: 'path', kind: 'file' } },
    write_file: { byDefault: 'ask', pattern: { argument: 'path', kind: 'file' } },
    edit_file: { byDefault: 'ask', pattern: { argument: 'path', kind: 'file' } },
    list_files: { byDefault: 'allow', pattern: { argument: 'path', kind: 'folder' } },
    search_files: { byDefault: 'allow', pattern: { argument: 'path', kind: 'folder' } },
  },
  load: async () => {
    const { createFileTools } = await import('./files.ts');
    return { create: (config: FilesConfig, { home }: { home: Home }) => createFileTools(config, home) };
  },
} as const satisfies ConfigurableToolModule;
