import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnreadableFileError } from '../../errors/tools.ts';
import { replaceFile } from '../../util/replace-file.ts';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import { openParent } from './folder.ts';
import { type FileReach, type ResolvedPath, resolveInRoots } from './paths.ts';
import type { RunExclusive } from './turns.ts';

const NEW_FILE = 0o644;

const writeFileArguments = z.strictObject({
  path: z.string().min(1).describe('The file; relative paths start in the working folder.'),
  content: z.string().describe('The whole content of the file.'),
});

/** Creates `write_file`, which replaces a file atomically, so that a repeated call has the same result. */
export function createWriteFileTool(reach: FileReach, inTurn: RunExclusive): Tool {
  return defineTool({
    name: 'write_file',
    description: 'Writes a text file, in one step. Replaces an existing file and creates missing folders.',
    arguments: writeFileArguments,
    effect: 'idempotent',
    async run({ path, content }) {
      const place = await resolveInRoots(reach, path);
      await inTurn(toAbsolutePath(place), () => replaceContent(place, content));
      return { type: 'text', value: `Wrote ${Buffer.byteLength(content)} bytes to ${place.label}.` };
    },
  });
}

/** Returns the absolute path of a place, under which concurrent writes are serialised. */
export function toAbsolutePath({ root, parts }: ResolvedPath): string {
  return join(root, ...parts);
}

/**
 * Replaces the content of a file, or creates it, and keeps the permissions of an existing file. Throws
 * NoSuchFileError for a folder.
 */
export async function replaceContent(place: ResolvedPath, content: string): Promise<void> {
  const { folder, name } = await openParent(place, true);
  await using parent = folder;
  const there = await lstat(parent.entryPath(name)).catch(() => undefined);
  if (there?.isDirectory()) throw new UnreadableFileError(place.asked, 'is a folder');
  const mode = there?.isFile() ? there.mode & 0o777 : NEW_FILE;
  await replaceFile(parent.entryPath(name), content, { mode });
}
