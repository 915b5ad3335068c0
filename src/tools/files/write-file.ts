import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { NoSuchFileError } from '../../errors/tools.ts';
import { defineTool } from '../port/define.ts';
import { replaceFile } from '../port/durable.ts';
import type { Tool } from '../port/tool.ts';
import { openParent } from './folder.ts';
import { type Place, placeOf, type Reach } from './paths.ts';
import type { InTurn } from './turns.ts';

const NEW_FILE = 0o644;

const writeFileArguments = z.strictObject({
  path: z.string().min(1).describe('The file; relative paths start in the working folder.'),
  content: z.string().describe('All that the file is to contain.'),
});

export function writeFileTool(reach: Reach, inTurn: InTurn): Tool {
  return defineTool({
    name: 'write_file',
    description: 'Writes a text file, in one step; replaces what was there and makes the folders on the way.',
    arguments: writeFileArguments,
    effect: 'idempotent',
    async run({ path, content }) {
      const place = await placeOf(reach, path);
      await inTurn(pathOf(place), () => writePlace(place, content));
      return { type: 'text', value: `Wrote ${Buffer.byteLength(content)} bytes to ${place.label}.` };
    },
  });
}

/** Names the file for `InTurn`. */
export function pathOf({ root, parts }: Place): string {
  return join(root, ...parts);
}

/** Keeps the permissions of a file that was there. */
export async function writePlace(place: Place, content: string): Promise<void> {
  const { folder, name } = await openParent(place, true);
  await using parent = folder;
  const there = await lstat(parent.at(name)).catch(() => undefined);
  if (there?.isDirectory()) throw new NoSuchFileError(place.asked, 'is a folder');
  await replaceFile(parent.at(), name, content, there?.isFile() ? there.mode & 0o777 : NEW_FILE);
}
