import { z } from 'zod';
import { defineGroup, defineKey, durationField, sizeField } from '../../config/fields/fields.ts';

/** The section `tools.http` of the configuration. */
export const httpSection = defineGroup(
  z
    .strictObject({
      enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether agents have the HTTP tool.'),
      allow: defineKey(
        z.array(z.string().min(1)).prefault([]),
        'live',
        'Hosts that may be asked: names, addresses, `*.suffix`, or `*` for all, which is meant when the list is empty. A host on this machine or in a private network needs an entry of its own.',
        { plain: true },
      ),
      timeout: defineKey(durationField('30s', '100ms'), 'live', 'How long a request may take.'),
      maxBytes: defineKey(sizeField('10mb', '1kb', '1gb'), 'live', 'The longest answer that is read.'),
    })
    .prefault({}),
  'Requests to the web.',
);

/** The parsed section: the time limit is in milliseconds, redirects included; the size is in bytes. */
export type HttpToolConfig = z.output<typeof httpSection>;
