import { z } from 'zod';
import { EditMismatchError } from '../../errors/tools.ts';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import { type FileReach, resolveInRoots } from './paths.ts';
import { openRegularFile, readWholeText } from './regular-file.ts';
import type { RunExclusive } from './turns.ts';
import { replaceContent, toAbsolutePath } from './write-file.ts';

const editFileArguments = z
  .strictObject({
    path: z.string().min(1).describe('The file; relative paths start in the working folder.'),
    old: z.string().min(1).describe('The text to replace, exactly as it is in the file.'),
    new: z.string().describe('The text to put in its place.'),
    replaceAll: z.boolean().default(false).describe('Replace every occurrence; otherwise there must be one.'),
  })
  .refine((args) => args.old !== args.new, { path: ['new'], error: 'is the same as "old"' });

/**
 * Creates `edit_file`. Its effect is `write`, because the edited text may contain the old text again: a second
 * run could change more than the first.
 */
export function createEditFileTool(reach: FileReach, inTurn: RunExclusive): Tool {
  return defineTool({
    name: 'edit_file',
    description:
      'Replaces a piece of a text file, in one step. The old text must occur exactly once, unless replaceAll is set.',
    arguments: editFileArguments,
    effect: 'write',
    async run(args) {
      const place = await resolveInRoots(reach, args.path);
      const count = await inTurn(toAbsolutePath(place), async () => {
        const pieces = await splitFile(reach, args);
        await replaceContent(place, pieces.join(args.new));
        return pieces.length - 1;
      });
      return {
        type: 'text',
        value: `Replaced ${count} ${count === 1 ? 'occurrence' : 'occurrences'} in ${place.label}.`,
      };
    },
  });
}

async function splitFile(
  reach: FileReach,
  { path, old, replaceAll }: z.infer<typeof editFileArguments>,
): Promise<string[]> {
  await using opened = await openRegularFile(reach, path);
  const pieces = (await readWholeText(opened)).split(old);
  const found = pieces.length - 1;
  if (found === 0 || (found > 1 && !replaceAll)) throw new EditMismatchError(path, found);
  return pieces;
}
