import { z } from 'zod';

/** Most entries on one page of a list. */
export const PAGE_LIMIT = 1000;

/**
 * Schema of a short name that is stored and shown: valid Unicode without control characters, at most `max`
 * characters.
 */
export function labelField(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine(
      (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
      'has control characters or broken Unicode',
    );
}

/** Schema of free text. Broken surrogates are replaced, so that the stored text equals the acknowledged one. */
export function textField(max?: number) {
  const text = z.string().overwrite((value) => value.toWellFormed());
  return max === undefined ? text : text.max(max);
}

export const seq = z.int().min(0).meta({ description: 'Position in the journal of the session.' });

export const time = z.int().meta({ description: 'Milliseconds since the epoch.' });

export const pageLimit = z.coerce
  .number()
  .int()
  .min(1)
  .default(100)
  .meta({ description: `Entries on this page; more than ${PAGE_LIMIT} count as ${PAGE_LIMIT}.` });

export const afterSeq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).meta({
  type: 'integer',
  default: 0,
  description: 'Position after which the page starts; `next` of the previous page.',
});

/** Schema of the tokens of one model call; what the provider did not report is absent. */
export const tokenCounts = z
  .object({
    input: z.int().optional(),
    output: z.int().optional(),
    cached: z.int().optional(),
    cacheWrite: z.int().optional(),
    reasoning: z.int().optional(),
  })
  .optional();
