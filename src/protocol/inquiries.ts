import { z } from 'zod';

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** Schema of the values of an elicitation result, by field. */
export const content = z
  .record(z.string(), fieldValue)
  .meta({ description: 'The answer to the inquiry of a tool, by field.' });

const field = z
  .object({
    name: z.string(),
    type: z.enum(['string', 'number', 'integer', 'boolean', 'choices']),
    required: z.boolean(),
    title: z.string().optional(),
    description: z.string().optional(),
    options: z
      .array(z.object({ value: z.string(), title: z.string() }))
      .optional()
      .meta({ description: 'The only values; any number of them when the type is `choices`.' }),
    default: fieldValue.optional(),
    format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
    min: z.number().optional().meta({ description: 'Of a number, a length, or how many are chosen.' }),
    max: z.number().optional(),
  })
  .meta({ id: 'Field' });

/** Schema of a question that a tool asks. */
export const inquiry = z
  .object({
    key: z.string(),
    asker: z.string().meta({ description: 'Who asks.' }),
    message: z.string(),
    fields: z.array(field),
    url: z
      .string()
      .optional()
      .meta({ description: 'A page on which the person is to do something; there are no fields then.' }),
    operator: z.boolean().optional().meta({
      description:
        'Whether a token of `auth.people` is not enough to decide, except for those whom `approvals.approvers` names.',
    }),
  })
  .meta({ id: 'Inquiry' });

export type InquiryBody = z.infer<typeof inquiry>;
export type FieldBody = z.infer<typeof field>;
export type ContentBody = z.infer<typeof content>;
