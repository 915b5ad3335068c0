import type { Home } from '../../util/home.ts';
import type { Tool } from '../port/tool.ts';
import type { FilesConfig } from './config.ts';
import { createEditFileTool } from './edit-file.ts';
import { createListFilesTool } from './list-files.ts';
import { createReadFileTool } from './read-file.ts';
import { createSearchFilesTool } from './search-files.ts';
import { createRunExclusive } from './turns.ts';
import { createWriteFileTool } from './write-file.ts';

/** Creates the file tools, which share one set of roots and never write the same file at the same time. */
export function createFileTools({ roots, readLimit }: FilesConfig, home: Home): Tool[] {
  const reach = { roots, home };
  const inTurn = createRunExclusive();
  return [
    createReadFileTool(reach, readLimit),
    createWriteFileTool(reach, inTurn),
    createEditFileTool(reach, inTurn),
    createListFilesTool(reach),
    createSearchFilesTool(reach),
  ];
}
