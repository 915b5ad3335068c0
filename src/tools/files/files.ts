import type { Home } from '../../util/home.ts';
import type { FilesConfig } from '../port/config.ts';
import type { Tool } from '../port/tool.ts';
import { editFileTool } from './edit-file.ts';
import { listFilesTool } from './list-files.ts';
import { readFileTool } from './read-file.ts';
import { searchFilesTool } from './search-files.ts';
import { createTurns } from './turns.ts';
import { writeFileTool } from './write-file.ts';

/** Creates the file tools, which share one set of roots and never write the same file at the same time. */
export function fileTools({ roots, readLimit }: FilesConfig, home: Home): Tool[] {
  const reach = { roots, home };
  const inTurn = createTurns();
  return [
    readFileTool(reach, readLimit),
    writeFileTool(reach, inTurn),
    editFileTool(reach, inTurn),
    listFilesTool(reach),
    searchFilesTool(reach),
  ];
}
