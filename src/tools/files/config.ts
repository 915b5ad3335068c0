import { z } from 'zod';
import { defineGroup, defineKey, pathField, sizeField } from '../../config/fields/fields.ts';
import { resolveInHome } from '../../config/fields/paths.ts';
import type { Home } from '../../util/home.ts';

/** The section `tools.files` of the configuration. */
export const filesSection = defineGroup(
  z
    .strictObject({
      enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether agents have the file tools.'),
      roots: defineKey(
        z.array(pathField).min(1).optional(),
        'live',
        'Folders that file tools may touch; the first one is where relative paths of a call start. Relative ones here start at the home; `["<home>/work"]` when absent.',
        { plain: true },
      ),
      readLimit: defineKey(sizeField('1mb', '1kb', '256mb'), 'live', 'The most that one call reads.'),
    })
    .prefault({}),
  'Reading and writing files.',
);

/** The section with absolute roots, of which there is at least one; the read limit is in bytes. */
export function resolveFilesConfig(parsed: z.output<typeof filesSection>, home: Home) {
  return { ...parsed, roots: parsed.roots?.map((path) => resolveInHome(home, path)) ?? [home.work] };
}

export type FilesConfig = ReturnType<typeof resolveFilesConfig>;
