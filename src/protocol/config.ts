import { z } from 'zod';
import { time } from './fields.ts';

const applyClass = z.enum(['live', 'handover', 'none']);

const revisionState = z.enum(['trial', 'good', 'failed', 'replaced']);

const configHash = z.string().meta({
  description:
    'Version of the file: of its bytes, hexadecimal SHA-256; of a file that cannot be read, of its identity and times. In quotes it is the ETag, for `If-Match`.',
});

const keys = z
  .array(z.string())
  .meta({ description: 'Configuration keys that differ from the revision before.' });

const configProblem = z.object({
  path: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
  hint: z.string().optional(),
});

export const configWarnings = z.array(configProblem).optional().meta({
  description:
    'What is valid and probably not meant, such as a rule that names no existing tool. Absent when there is nothing.',
});

/** Schema of the reasons why the file's present content is not active. */
export const configTrouble = z
  .object({
    message: z.string(),
    problems: z.array(configProblem),
    since: time,
  })
  .meta({ id: 'ConfigTrouble' });

export const configView = z
  .object({
    source: z.string().meta({
      description: 'The file as it is, comments included; secrets that are written out are `[redacted]`.',
    }),
    hash: configHash,
    origin: z.enum(['file', 'default']).meta({ description: '`default`: there is no file.' }),
    readable: z.literal(false).optional().meta({
      description:
        'Only there when the file is not UTF-8, too large or out of reach: `source` is empty then, and only a whole replacement can be written.',
    }),
    revision: z.object({ number: z.int(), state: z.string() }).meta({ description: 'What runs.' }),
    problem: configTrouble.nullable().meta({ description: 'Why the file does not run; null when it does.' }),
    writable: z.boolean().meta({ description: 'Whether the daemon can replace the file.' }),
  })
  .meta({ id: 'Config' });

/** Maximum nesting of a configuration; recursive code relies on it. */
const MAX_DEPTH = 64;

const source = z.string().meta({
  description: 'The whole file. `[redacted]` in the place of a secret of the present file keeps that secret.',
});

export const configSource = z.strictObject({ source }).meta({ id: 'ConfigSource' });

export const configPatch = z
  .record(z.string(), z.unknown())
  .refine((patch) => depthWithin(patch, MAX_DEPTH), `is nested more than ${MAX_DEPTH} levels deep`)
  .meta({
    id: 'ConfigPatch',
    description: 'JSON merge patch (RFC 7396) on the file: null removes a key.',
  });

/** Schema of a proposed change: exactly one of a source and a patch. */
export const configDraft = z
  .strictObject({ source: source.optional(), patch: configPatch.optional() })
  .refine((draft) => (draft.source === undefined) !== (draft.patch === undefined), {
    message: 'expected either "source" or "patch"',
  })
  .meta({ id: 'ConfigDraft' });

const change = z.object({
  path: z.string(),
  apply: applyClass,
  kind: z.enum(['added', 'changed', 'removed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

export const configPlan = z
  .object({
    apply: applyClass.meta({
      description:
        '`live`: at the next step; `handover`: a new generation takes over; `none`: nothing happens.',
    }),
    changes: z.array(change).meta({ description: 'Secrets in values are masked.' }),
    warnings: configWarnings,
    affected: z
      .object({
        running: z.int(),
        waiting: z.int(),
        queued: z.int(),
        agents: z
          .record(z.string(), z.int())
          .meta({ description: 'Sessions with unfinished work, by agent.' }),
      })
      .meta({ description: 'Sessions with unfinished work that the change reaches.' }),
    estimate: z.object({
      most: z.int().meta({ description: 'Milliseconds until all of it is in force, at the longest.' }),
      words: z.string(),
    }),
  })
  .meta({ id: 'ConfigPlan' });

export const configApplied = z
  .object({
    revision: z.int().meta({
      description:
        'What runs. With `handover` that is still the one before; the report tells its own number.',
    }),
    applied: applyClass.meta({
      description: '`handover`: it comes into force with the handover that is named.',
    }),
    handover: z.string().nullable(),
    keys,
    hash: configHash,
  })
  .meta({ id: 'ConfigApplied' });

const configRevision = z
  .object({
    number: z.int(),
    at: time,
    hash: z.string().meta({ description: 'Of what it means; comments and order do not change it.' }),
    origin: z.enum(['file', 'default']),
    state: revisionState,
    reason: z.string().optional(),
    keys,
  })
  .meta({ id: 'Revision' });

export const configRevisions = z
  .object({
    revisions: z.array(configRevision).meta({ description: 'Newest first.' }),
    current: z.int().meta({ description: 'The one that runs.' }),
  })
  .meta({ id: 'Revisions' });

export const configRevisionView = z
  .object({ ...configRevision.shape, source: z.string().meta({ description: 'Secrets are `[redacted]`.' }) })
  .meta({ id: 'RevisionSource' });

export const configDiff = z
  .object({
    from: z.int(),
    to: z.int().nullable().meta({ description: 'Null: the present file.' }),
    changes: z.array(change),
    text: z.string().meta({ description: 'The lines that differ, as hunks of a unified diff.' }),
  })
  .meta({ id: 'ConfigDiff' });

export const configRollback = z.strictObject({ revision: z.int().min(1) }).meta({ id: 'ConfigRollback' });

export type ConfigTrouble = z.infer<typeof configTrouble>;
export type ConfigView = z.infer<typeof configView>;
export type ConfigDraft = z.infer<typeof configDraft>;
export type ConfigPatch = z.infer<typeof configPatch>;
export type ConfigPlan = z.infer<typeof configPlan>;
export type ConfigApplied = z.infer<typeof configApplied>;
export type ConfigRevisions = z.infer<typeof configRevisions>;
export type ConfigRevisionView = z.infer<typeof configRevisionView>;
export type ConfigDiff = z.infer<typeof configDiff>;

/** Checks the depth level by level, because recursion over deeply nested input could exhaust the stack. */
function depthWithin(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return true;
  }
  return false;
}
