import { readlink } from 'node:fs/promises';
import { z } from 'zod';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import { openFolder } from './folder.ts';
import { type FileReach, resolveInRoots } from './paths.ts';
import { type FolderEntry, walkFolder } from './walk.ts';

const listFilesArguments = z.strictObject({
  path: z.string().min(1).default('.').describe('The folder; the working folder when absent.'),
  depth: z.int().min(1).max(20).default(1).describe('Number of folder levels.'),
  hidden: z.boolean().default(false).describe('Include names that start with a dot.'),
  limit: z.int().min(1).max(5_000).default(500).describe('Maximum number of entries.'),
});

/** Creates `list_files`, which lists a folder and, up to a depth, the folders in it. */
export function createListFilesTool(reach: FileReach): Tool {
  return defineTool({
    name: 'list_files',
    description:
      'Lists the entries of a folder, folders with a trailing slash. .git and node_modules are not entered.',
    arguments: listFilesArguments,
    effect: 'read',
    async run({ path, limit, ...options }, { signal }) {
      const place = await resolveInRoots(reach, path);
      await using folder = await openFolder(place);
      const lines: string[] = [];
      for await (const entry of walkFolder(folder, place.label, { ...options, home: reach.home })) {
        signal.throwIfAborted();
        if (lines.length === limit) {
          lines.push(`[only the first ${limit} entries; there are more]`);
          break;
        }
        lines.push(await formatEntry(entry));
      }
      return { type: 'text', value: lines.join('\n') || `[${path} is empty]` };
    },
  });
}

async function formatEntry({ folder, name, label, kind }: FolderEntry): Promise<string> {
  if (kind === 'folder') return `${label}/`;
  if (kind !== 'link') return label;
  return `${label} -> ${await readlink(folder.entryPath(name)).catch(() => '?')}`;
}
