import { z } from 'zod';
import { defineGroup, defineKey, durationField, pathField, sizeField } from '../../config/fields/fields.ts';
import { resolveInHome } from '../../config/fields/paths.ts';
import { withoutPrototype } from '../../config/fields/records.ts';
import type { Home } from '../../util/home.ts';

/** The section `tools.shell` of the configuration. */
export const shellSection = defineGroup(
  z
    .strictObject({
      enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether agents have the shell.'),
      timeout: defineKey(
        durationField('10m', '1s'),
        'live',
        'How long a command may run when the call says nothing else.',
      ),
      outputLimit: defineKey(
        sizeField('64mb', '4kb', '256mb'),
        'live',
        'How much one command may print; a command that prints more is stopped.',
      ),
      env: defineKey(
        z
          .record(
            z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
            z.string().regex(/^[^\0]*$/, 'a variable has no NUL character'),
          )
          .prefault({}),
        'live',
        'Environment variables of every command. Of the variables of the daemon it gets only harmless ones.',
      ),
      cwd: defineKey(
        pathField.optional(),
        'live',
        'Where commands run when the call says nothing else. A relative path starts at the home; `<home>/work` when absent.',
        { plain: true },
      ),
      sandbox: defineKey(
        z.enum(['none', 'bubblewrap']).prefault('none'),
        'live',
        "What commands can reach. `none`: whatever the daemon can. `bubblewrap`: the system, read only, and the folders of `tools.files.roots` and `tools.shell.cwd`; nothing else, the daemon's own files least of all. Needs Linux and the program `bwrap`.",
      ),
      network: defineKey(
        z.boolean().prefault(false),
        'live',
        'Whether commands in the sandbox reach the network, this machine included. Without a sandbox they always do.',
      ),
    })
    .prefault({}),
  'Commands. They outlive a restart of the daemon and are picked up again.',
);

/** The section with the folder where commands start, as an absolute path; times in milliseconds, sizes in bytes. */
export function resolveShellConfig(parsed: z.output<typeof shellSection>, home: Home) {
  const env = withoutPrototype(Object.entries(parsed.env));
  return { ...parsed, env, cwd: resolveInHome(home, parsed.cwd) };
}

export type ShellConfig = ReturnType<typeof resolveShellConfig>;
