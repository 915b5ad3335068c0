import { z } from 'zod';
import type { RecordedEvent } from '../core/model/events.ts';
import { type Content, describeFile, joinTexts, listFiles } from '../core/model/message.ts';
import { isBlank } from '../core/model/text.ts';
import { labelField, textField } from './fields.ts';

/** Schema of a file of a message, a tool result or an answer; the route of blobs answers with its bytes. */
export const filePart = z
  .object({
    type: z.literal('file'),
    blob: z.string().meta({ description: 'Id of the bytes.' }),
    mediaType: z.string(),
    name: z.string(),
    bytes: z.int(),
  })
  .meta({ id: 'FilePart' });

/** Returns what a file is, its name, its size and its id, in one line for a terminal. */
export function formatFile(file: z.infer<typeof filePart>): string {
  return `[${describeFile(file)}; ${file.blob}]`;
}

const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** Schema of texts and files in their order. */
export const contentParts = z.array(z.discriminatedUnion('type', [textPart, filePart]));

/** Schema of a file that was uploaded. */
export const storedFile = z
  .object({
    blob: z.string().meta({ description: 'Id by which messages refer to the file.' }),
    bytes: z.int(),
    mediaType: z.string(),
    name: z.string(),
    sha256: z.string().nullable(),
  })
  .meta({ id: 'StoredFile' });

/** Maximum number of parts of a message. */
const MAX_PARTS = 64;

/** Schema of the content of a new message: texts, stored files, and files that come inline. */
export const newContent = z
  .array(
    z.union([
      z.strictObject({ type: z.literal('text'), text: textField() }),
      z
        .strictObject({ type: z.literal('file'), blob: z.string().min(1).max(128) })
        .meta({ description: 'A file that was uploaded before.' }),
      z
        .strictObject({
          type: z.literal('file'),
          data: z
            .string()
            .regex(/^[A-Za-z0-9+/_-]+={0,2}$/, 'must be base64')
            .meta({ description: 'The bytes in base64, up to the limit of the body; upload larger files.' }),
          name: labelField(1000).optional(),
          mediaType: labelField(255).optional(),
        })
        .meta({ description: 'A file with its bytes.' }),
    ]),
  )
  .min(1)
  .max(MAX_PARTS)
  .refine(
    (parts) => parts.some((part) => part.type === 'file' || !isBlank(part.text)),
    'must contain visible text or a file',
  );

export type StoredFileBody = z.infer<typeof storedFile>;

/**
 * Returns an event as clients see it: that of the journal, but inputs have `text`, as in every release, and
 * `content` only when they have files.
 */
export function toWireEvent(event: RecordedEvent | DamagedEvent) {
  if (event.type !== 'input_received') return event;
  const { input } = event;
  if (input.kind === 'message') return { ...event, input: toWireContent(input) };
  if (input.kind === 'result') return { ...event, input: toWireContent(input) };
  return { ...event, input };
}

/** Stands for an event whose record cannot be read. */
interface DamagedEvent {
  seq: number;
  at: number;
  type: 'damaged';
  reason: string;
}

/** Replaces the content of an input by its text, and keeps the content beside it when it has files. */
export function toWireContent<T extends { content: Content }>({ content, ...rest }: T) {
  const files = listFiles(content).length > 0 ? { content } : {};
  return { ...rest, text: joinTexts(content), ...files };
}
