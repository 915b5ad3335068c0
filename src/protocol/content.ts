import { z } from 'zod';
import type { RecordedEvent } from '../core/model/events.ts';
import { type Content, joinTexts, listFiles } from '../core/model/message.ts';

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

const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** Schema of texts and files in their order. */
export const contentParts = z.array(z.discriminatedUnion('type', [textPart, filePart]));

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
