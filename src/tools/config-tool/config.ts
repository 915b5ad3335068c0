import { z } from 'zod';
import { defineGroup, defineKey } from '../../config/fields/fields.ts';

/** The section `tools.config` of the configuration. */
export const configToolSection = defineGroup(
  z
    .strictObject({
      enabled: defineKey(
        z.boolean().prefault(false),
        'live',
        'Whether agents have the `config` tool, which shows the configuration (secrets masked) and changes what `keys` and `unlisted` allow.',
      ),
      keys: defineKey(
        z.array(z.string().min(1)).prefault([]),
        'live',
        'Keys that agents may change by themselves: paths, where `*` stands for any one name, such as `agents.*.instructions`. A path covers what is below it; secrets and `auth` only when it names their key itself. Agents never change `tools.config`.',
      ),
      unlisted: defineKey(
        z.enum(['ask', 'deny']).prefault('ask'),
        'live',
        'What happens to a change of keys that `keys` does not list: an approver is asked whether it may be made (`ask`), or it is refused (`deny`). Secrets, `auth`, references and `tools.config` are refused either way.',
      ),
    })
    .prefault({}),
  "The daemon's own configuration, in the hands of its agents.",
);

/** The parsed section. */
export type ConfigToolConfig = z.output<typeof configToolSection>;
