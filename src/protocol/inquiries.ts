import { z } from 'zod';

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** Schema of the values of an elicitation result, by field. */
export const content = z
  .record(z.string(), fieldValue)
  .meta({ description: 'Answer to the question of a tool, by field.' });

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
      .meta({ description: 'The allowed values; the type `choices` takes any number of them.' }),
    default: fieldValue.optional(),
    format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
    min: z.number().optional().meta({ description: 'Smallest number, length or number of choices.' }),
    max: z.number().optional(),
  })
  .meta({ id: 'Field' });

/** Schema of a question that a tool asks. */
export const inquiry = z
  .object({
    key: z.string(),
    asker: z.string().meta({ description: 'Name of the tool or server that asks.' }),
    message: z.string(),
    fields: z.array(field),
    url: z
      .string()
      .optional()
      .meta({ description: 'A page on which the user must act; then there are no fields.' }),
    operator: z.boolean().optional().meta({
      description:
        'Whether the decision needs an operator: a token of `auth.people` is refused, unless `approvals.approvers` names its owner.',
    }),
  })
  .meta({ id: 'Inquiry' });

export type InquiryBody = z.infer<typeof inquiry>;
export type FieldBody = z.infer<typeof field>;
export type ContentBody = z.infer<typeof content>;
