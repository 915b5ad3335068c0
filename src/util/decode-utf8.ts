/**
 * Decodes UTF-8 strictly; `undefined` when the bytes are anything else. A lenient decoder would put U+FFFD in the
 * place of what it cannot read, so that two different inputs become one text. A byte order mark is kept.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Removes a leading byte order mark, which editors and Windows shells add and no reader wants. */
export function skipByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
