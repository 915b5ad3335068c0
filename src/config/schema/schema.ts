import { z } from 'zod';
import { parseAddress } from '../fields/address.ts';
import { countField, defineGroup, defineKey, durationField, sizeField } from '../fields/fields.ts';
import { agentsSection } from './agents.ts';
import { authSection } from './auth.ts';
import { limitsSection } from './limits.ts';
import { providersSection } from './providers.ts';
import { schedulesSection } from './schedules.ts';
import { telemetrySection } from './telemetry.ts';
import { toolsSection } from './tools.ts';

const listen = z.string().transform((text, ctx) => {
  const address = parseAddress(text);
  if (typeof address !== 'string') return address;
  ctx.addIssue({ code: 'custom', message: address });
  return z.NEVER;
});

const handover = z
  .strictObject({
    modelGrace: defineKey(
      durationField('30s', '0ms', '1h'),
      'live',
      'How long a draining generation waits for a model call in flight before the next generation repeats it.',
    ),
    toolGrace: defineKey(
      durationField('30s', '0ms', '1h'),
      'live',
      'How long a draining generation waits for a tool call that cannot be picked up again.',
    ),
    drainCap: defineKey(
      durationField('60s', '1s', '1d'),
      'live',
      'How long the whole drain of a generation may take. Must be longer than either grace.',
    ),
    trial: defineKey(
      durationField('30s', '0ms', '1h'),
      'live',
      'How long a new configuration is on trial. If its generation crashes or becomes unhealthy during this time, the previous configuration is restored.',
    ),
    notify: defineKey(
      z.boolean().prefault(true),
      'live',
      'Whether users are told, once, that the daemon restarted while their session was active.',
    ),
  })
  .prefault({});

const logging = z
  .strictObject({
    level: defineKey(
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).prefault('info'),
      'live',
      'The least important records that are written.',
    ),
    format: defineKey(
      z.enum(['auto', 'text', 'json']).prefault('auto'),
      'live',
      '`text` for reading, `json` for programs; `auto` is text on a terminal.',
    ),
    maxSize: defineKey(
      sizeField('20mb', '64kb', '10gb'),
      'live',
      'The size at which `logs/midturn.log` is put aside as `midturn.log.1`. Only for the log file that `midturn start` writes, as `maxAge` and `keep` are.',
    ),
    maxAge: defineKey(
      durationField('7d', '1m'),
      'live',
      'The age at which the log file is put aside, whatever its size.',
    ),
    keep: defineKey(
      countField(5, 0, 100),
      'live',
      'How many log files that were put aside are kept; the oldest one is deleted first.',
    ),
  })
  .prefault({});

/**
 * The schema of `midturn.jsonc`. Every key has a default where one makes sense, so that `{}` is valid; every key
 * declares how a change of it comes into force. Checks that need more than one key are in cross-check.ts.
 */
export const configSchema = z.strictObject({
  $schema: defineKey(z.string().optional(), 'none', 'Where editors find the JSON Schema of this file.'),
  listen: defineKey(
    listen.prefault('127.0.0.1:7717').meta({ shape: 'address' }),
    'handover',
    'The TCP address of the API, as `host:port`. Any address but loopback needs a token in `auth`.',
    { plain: true },
  ),
  auth: defineGroup(authSection, 'Who may use the API.'),
  providers: providersSection,
  agents: agentsSection,
  defaultAgent: defineKey(
    z.string().optional(),
    'live',
    'The agent of new sessions that do not name one; `main`, or the only agent, when absent.',
    { plain: true },
  ),
  tools: toolsSection,
  schedules: schedulesSection,
  limits: limitsSection,
  handover: defineGroup(handover, 'How one generation hands over to the next.'),
  logging: defineGroup(logging, 'What the daemon writes about itself.'),
  telemetry: telemetrySection,
});

/**
 * The parsed file with defaults filled in and units converted, before paths and references between keys are
 * resolved.
 */
export type ParsedConfig = z.output<typeof configSchema>;
