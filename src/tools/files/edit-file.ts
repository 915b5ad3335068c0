import { z } from 'zod';
import { EditMismatchError } from '../../errors/tools.ts';
import { defineTool } from '../port/define.ts';
import type { Tool } from '../port/tool.ts';
import { placeOf, type Reach } from './paths.ts';
import { openRegularFile, readWholeText } from './regular-file.ts';
import type { InTurn } from './turns.ts';
import { pathOf, writePlace } from './write-file.ts';

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
export function editFileTool(reach: Reach, inTurn: InTurn): Tool {
  return defineTool({
    name: 'edit_file',
    description:
      'Replaces a piece of a text file, in one step. The old text must occur exactly once, unless replaceAll is set.',
    arguments: editFileArguments,
    effect: 'write',
    async run(args) {
      const place = await placeOf(reach, args.path);
      const count = await inTurn(pathOf(place), async () => {
        const pieces = await splitFile(reach, args);
        await writePlace(place, pieces.join(args.new));
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
  reach: Reach,
  { path, old, replaceAll }: z.infer<typeof editFileArguments>,
): Promise<string[]> {
  await using opened = await openRegularFile(reach, path);
  const pieces = (await readWholeText(opened)).split(old);
  const found = pieces.length - 1;
  if (found === 0 || (found > 1 && !replaceAll)) throw new EditMismatchError(path, found);
  return pieces;
}
