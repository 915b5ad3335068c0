import { z } from 'zod';

/** Schema of an RFC 9457 problem document, the form of every error. Further members depend on the code. */
export const problem = z
  .looseObject({
    type: z
      .string()
      .meta({ description: 'URN of the kind of problem.', example: 'urn:midturn:session_not_found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened, with which value, why, and what to do next.' }),
    code: z
      .string()
      .meta({ description: 'Stable name of the kind of problem.', example: 'session_not_found' }),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;

export const PROBLEM_TYPE = 'application/problem+json';
