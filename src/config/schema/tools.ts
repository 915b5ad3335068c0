import { z } from 'zod';
import { defineGroup, defineKey, durationField, pathField, sizeField } from '../fields/fields.ts';
import { mcpSection } from './mcp.ts';

const enabledKey = (what: string) =>
  defineKey(z.boolean().prefault(true), 'live', `Whether agents have ${what}.`);
const shell = z
  .strictObject({
    enabled: enabledKey('the shell'),
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
  .prefault({});

const files = z
  .strictObject({
    enabled: enabledKey('the file tools'),
    roots: defineKey(
      z.array(pathField).min(1).optional(),
      'live',
      'Folders that file tools may touch; the first one is where relative paths of a call start. Relative ones here start at the home; `["<home>/work"]` when absent.',
      { plain: true },
    ),
    readLimit: defineKey(sizeField('1mb', '1kb', '256mb'), 'live', 'The most that one call reads.'),
  })
  .prefault({});

const http = z
  .strictObject({
    enabled: enabledKey('the HTTP tool'),
    allow: defineKey(
      z.array(z.string().min(1)).prefault([]),
      'live',
      'Hosts that may be asked: names, addresses, `*.suffix`, or `*` for all, which is meant when the list is empty. A host on this machine or in a private network needs an entry of its own.',
      { plain: true },
    ),
    timeout: defineKey(durationField('30s', '100ms'), 'live', 'How long a request may take.'),
    maxBytes: defineKey(sizeField('10mb', '1kb', '1gb'), 'live', 'The longest answer that is read.'),
  })
  .prefault({});

const config = z
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
  .prefault({});

export const toolsSection = defineGroup(
  z
    .strictObject({
      shell: defineGroup(shell, 'Commands. They outlive a restart of the daemon and are picked up again.'),
      files: defineGroup(files, 'Reading and writing files.'),
      http: defineGroup(http, 'Requests to the web.'),
      config: defineGroup(config, "The daemon's own configuration, in the hands of its agents."),
      mcp: mcpSection,
    })
    .prefault({}),
  'What tools there are and how they work. Which agent may use them is said at the agent.',
);
