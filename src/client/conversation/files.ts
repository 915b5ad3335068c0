import type { z } from 'zod';
import { contentParts, filePart } from '../../protocol/content.ts';

/** A file of a message, an answer or a tool result; the daemon has its bytes under the id `blob`. */
export type ShownFile = z.infer<typeof filePart>;

/** Lists the files among parts of any type. */
export function listShownFiles(parts: readonly unknown[]): ShownFile[] {
  return parts.flatMap((part) => {
    const { success, data } = filePart.safeParse(part);
    return success ? [data] : [];
  });
}

/** Splits a tool's output into its text and its files; outputs of other types are shown as JSON. */
export function splitOutput({ type, value, reason }: { type: string; value?: unknown; reason?: unknown }): {
  result: string;
  files: ShownFile[];
} {
  if (typeof value === 'string') return { result: value, files: [] };
  const { success, data } = contentParts.safeParse(type === 'content' ? value : undefined);
  if (!success) return { result: JSON.stringify(value ?? reason ?? ''), files: [] };
  const texts = data.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return { result: texts.join('\n'), files: listShownFiles(data) };
}
