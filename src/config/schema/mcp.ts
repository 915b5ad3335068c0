import { z } from 'zod';
import { defineGroup, defineKey, optionalDurationField } from '../fields/fields.ts';
import { clientCredentialsSection } from './mcp-auth.ts';
import { oauthSection } from './mcp-login.ts';
import { mcpAddress } from './web-address.ts';

/** The name of an MCP server, which becomes part of the names of its tools, between double underscores. */
const serverName = z
  .string()
  .max(32, 'a name has at most 32 characters')
  .regex(
    /^[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*$/,
    'expected letters and digits, with single "_" or "-" between them',
  );

const line = z.string().regex(/^[^\r\n\0]*$/, 'expected one line');
const argument = z.string().regex(/^[^\0]*$/, 'an argument has no NUL character');
const filled = z.string().min(1);

const common = {
  enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether the server is used at all.'),
  timeout: defineKey(
    optionalDurationField('1d', '100ms'),
    'live',
    'How long a call of its tools may take; `limits.toolTimeout` when absent.',
  ),
  effects: defineKey(
    z.record(filled, z.enum(['read', 'idempotent', 'write'])).prefault({}),
    'live',
    "What its tools do to the world, by the server's own name of the tool. Overrides what the server says; decides what happens after an interruption.",
  ),
  tools: defineKey(
    z.array(filled).optional(),
    'live',
    "The tools to offer, by the server's own names; all of them when absent.",
  ),
};

const stdio = z.strictObject({
  type: defineKey(
    z.literal('stdio').optional(),
    'live',
    'How to reach the server; `stdio`, a command that the daemon runs, when absent.',
  ),
  command: defineKey(
    filled.regex(/^[^\0]*$/, 'a command has no NUL character'),
    'live',
    'The program to run, looked up in `PATH`.',
    { plain: true },
  ),
  args: defineKey(z.array(argument).prefault([]), 'live', 'Its arguments.'),
  env: defineKey(
    z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
        z.string().regex(/^[^\0]*$/, 'a variable has no NUL character'),
      )
      .prefault({}),
    'live',
    'Its environment variables. Of the variables of the daemon it gets only harmless ones.',
  ),
  cwd: defineKey(
    argument.min(1).optional(),
    'live',
    'Where it runs. A relative path starts at the home; `<home>/work` when absent.',
    { plain: true },
  ),
  ...common,
});

const http = z.strictObject({
  type: defineKey(z.literal('http'), 'live', 'How to reach the server.'),
  url: defineKey(mcpAddress, 'live', 'Where it speaks streamable HTTP.'),
  headers: defineKey(
    z
      .record(
        z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'a header name has no spaces or colons'),
        line,
      )
      .prefault({}),
    'live',
    'Headers sent with every request, by name.',
    { secret: true },
  ),
  auth: clientCredentialsSection,
  oauth: oauthSection,
  ...common,
});

/** The section `tools.mcp`: MCP servers by name, each a command or an HTTP address. */
export const mcpSection = defineGroup(
  z.record(serverName, z.discriminatedUnion('type', [stdio, http])).prefault({}),
  'MCP servers, by name. Their tools are called `mcp__<server>__<tool>`.',
);
