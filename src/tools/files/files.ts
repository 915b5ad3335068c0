import type { FilesConfig } from '../config.ts';
import type { Tool } from '../tool.ts';
import { editFileTool } from './edit-file.ts';
import { listFilesTool } from './list-files.ts';
import { readFileTool } from './read-file.ts';
import { searchFilesTool } from './search-files.ts';
import { createTurns } from './turns.ts';
import { writeFileTool } from './write-file.ts';

export function fileTools(config: FilesConfig): Tool[] {
  const inTurn = createTurns();
  return [
    readFileTool(config),
    writeFileTool(config, inTurn),
    editFileTool(config, inTurn),
    listFilesTool(config),
    searchFilesTool(config),
  ];
}
