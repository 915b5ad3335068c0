import { z } from 'zod';
import { duration, group, key, path, size } from '../fields/fields.ts';
import { mcp } from './mcp.ts';

const enabled = (what: string) => key(z.boolean().prefault(true), 'live', `Whether agents have ${what}.`);
const shell = z
  .strictObject({
    enabled: enabled('the shell'),
    timeout: key(
      duration('10m', '1s'),
      'live',
      'How long a command may run when the call says nothing else.',
    ),
    outputLimit: key(
      size('64mb', '4kb', '256mb'),
      'live',
      'How much one command may print; a command that prints more is stopped.',
    ),
    env: key(
      z
        .record(
          z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
          z.string().regex(/^[^\0]*$/, 'a variable has no NUL character'),
        )
        .prefault({}),
      'live',
      'Environment variables of every command. Of the variables of the daemon it gets only harmless ones.',
    ),
    cwd: key(
      path.optional(),
      'live',
      'Where commands run when the call says nothing else. A relative path starts at the home; `<home>/work` when absent.',
      { plain: true },
    ),
    sandbox: key(
      z.enum(['none', 'bubblewrap']).prefault('none'),
      'live',
      "What commands can reach. `none`: whatever the daemon can. `bubblewrap`: the system, read only, and the folders of `tools.files.roots` and `tools.shell.cwd`; nothing else, the daemon's own files least of all. Needs Linux and the program `bwrap`.",
    ),
    network: key(
      z.boolean().prefault(false),
      'live',
      'Whether commands in the sandbox reach the network, this machine included. Without a sandbox they always do.',
    ),
  })
  .prefault({});

const files = z
  .strictObject({
    enabled: enabled('the file tools'),
    roots: key(
      z.array(path).min(1).optional(),
      'live',
      'Folders that file tools may touch; the first one is where relative paths of a call start. Relative ones here start at the home; `["<home>/work"]` when absent.',
      { plain: true },
    ),
    readLimit: key(size('1mb', '1kb', '256mb'), 'live', 'The most that one call reads.'),
  })
  .prefault({});

const http = z
  .strictObject({
    enabled: enabled('the HTTP tool'),
    allow: key(
      z.array(z.string().min(1)).prefault([]),
      'live',
      'Hosts that may be asked: names, addresses, `*.suffix`, or `*` for all, which is meant when the list is empty. A host on this machine or in a private network needs an entry of its own.',
      { plain: true },
    ),
    timeout: key(duration('30s', '100ms'), 'live', 'How long a request may take.'),
    maxBytes: key(size('10mb', '1kb', '1gb'), 'live', 'The longest answer that is read.'),
  })
  .prefault({});

const config = z
  .strictObject({
    enabled: key(
      z.boolean().prefault(false),
      'live',
      'Whether agents have the `config` tool, which shows the configuration (secrets masked) and changes what `keys` and `unlisted` allow.',
    ),
    keys: key(
      z.array(z.string().min(1)).prefault([]),
      'live',
      'Keys that agents may change by themselves: paths, where `*` stands for any one name, such as `agents.*.instructions`. A path covers what is below it; secrets and `auth` only when it names their key itself. Agents never change `tools.config`.',
    ),
    unlisted: key(
      z.enum(['ask', 'deny']).prefault('ask'),
      'live',
      'What happens to a change of keys that `keys` does not list: an approver is asked whether it may be made (`ask`), or it is refused (`deny`). Secrets, `auth`, references and `tools.config` are refused either way.',
    ),
  })
  .prefault({});

export const tools = group(
  z
    .strictObject({
      shell: group(shell, 'Commands. They outlive a restart of the daemon and are picked up again.'),
      files: group(files, 'Reading and writing files.'),
      http: group(http, 'Requests to the web.'),
      config: group(config, "The daemon's own configuration, in the hands of its agents."),
      mcp,
    })
    .prefault({}),
  'What tools there are and how they work. Which agent may use them is said at the agent.',
);
