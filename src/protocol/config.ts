import { z } from 'zod';
import { time } from './fields.ts';

const applyClass = z.enum(['live', 'handover', 'none']);

const revisionState = z.enum(['trial', 'good', 'failed', 'replaced']);

const configHash = z.string().meta({
  description:
    'Version of the file: the hexadecimal SHA-256 of its bytes, or of its identity and times when it cannot be read. In quotes it is the ETag for `If-Match`.',
});

const keys = z
  .array(z.string())
  .meta({ description: 'Configuration keys that differ from the previous revision.' });

const configProblem = z.object({
  path: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
  hint: z.string().optional(),
});

export const configWarnings = z.array(configProblem).optional().meta({
  description:
    'Valid but probably unintended settings, such as a rule that names no existing tool. Absent when there are none.',
});

/** Schema of the reasons why the file's present content is not active. */
export const configProblems = z
  .object({
    message: z.string(),
    problems: z.array(configProblem),
    since: time,
  })
  .meta({ id: 'ConfigTrouble' });

export const configView = z
  .object({
    source: z.string().meta({
      description: 'The file as it is, comments included; literal secrets are `[redacted]`.',
    }),
    hash: configHash,
    origin: z.enum(['file', 'default']).meta({ description: '`default`: there is no file.' }),
    readable: z.literal(false).optional().meta({
      description:
        'Present only when the file is not UTF-8, too large or unreadable. Then `source` is empty, and only a whole replacement can be written.',
    }),
    revision: z.object({ number: z.int(), state: z.string() }).meta({ description: 'The active revision.' }),
    problem: configProblems.nullable().meta({ description: 'Why the file is not active; null when it is.' }),
    writable: z.boolean().meta({ description: 'Whether the daemon can replace the file.' }),
  })
  .meta({ id: 'Config' });

/** Maximum nesting of a configuration; recursive code relies on it. */
const MAX_DEPTH = 64;

const source = z.string().meta({
  description: 'The whole file. `[redacted]` in place of a secret of the present file keeps that secret.',
});

export const configSource = z.strictObject({ source }).meta({ id: 'ConfigSource' });

export const configPatch = z
  .record(z.string(), z.unknown())
  .refine((patch) => depthWithin(patch, MAX_DEPTH), `is nested more than ${MAX_DEPTH} levels deep`)
  .meta({
    id: 'ConfigPatch',
    description: 'JSON merge patch (RFC 7396) for the file; null removes a key.',
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
        '`live`: applies at the next step; `handover`: a new generation takes over; `none`: nothing changes.',
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
      .meta({ description: 'Sessions with unfinished work that the change affects.' }),
    estimate: z.object({
      most: z.int().meta({ description: 'Milliseconds until the whole change applies, at most.' }),
      words: z.string(),
    }),
  })
  .meta({ id: 'ConfigPlan' });

export const configApplied = z
  .object({
    revision: z.int().meta({
      description:
        'Number of the active revision. With `handover` it is still the previous one; the handover report has the new number.',
    }),
    applied: applyClass.meta({
      description: '`handover`: the change applies with the named handover.',
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
    hash: z.string().meta({ description: 'Semantic hash: ignores comments, whitespace and key order.' }),
    origin: z.enum(['file', 'default']),
    state: revisionState,
    reason: z.string().optional(),
    keys,
  })
  .meta({ id: 'Revision' });

export const configRevisions = z
  .object({
    revisions: z.array(configRevision).meta({ description: 'Newest first.' }),
    current: z.int().meta({ description: 'Number of the active revision.' }),
  })
  .meta({ id: 'Revisions' });

export const configRevisionView = z
  .object({ ...configRevision.shape, source: z.string().meta({ description: 'Secrets are `[redacted]`.' }) })
  .meta({ id: 'RevisionSource' });

export const configDiff = z
  .object({
    from: z.int(),
    to: z.int().nullable().meta({ description: 'Null for the present file.' }),
    changes: z.array(change),
    text: z.string().meta({ description: 'The differing lines, as a unified diff.' }),
  })
  .meta({ id: 'ConfigDiff' });

export const configRollback = z.strictObject({ revision: z.int().min(1) }).meta({ id: 'ConfigRollback' });

export type ConfigProblems = z.infer<typeof configProblems>;
export type ConfigView = z.infer<typeof configView>;
export type ConfigDraft = z.infer<typeof configDraft>;
export type ConfigPatchBody = z.infer<typeof configPatch>;
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
