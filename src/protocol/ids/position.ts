/**
 * Position of a client in a session's journal, written `<store>.<seq>`; it is the `id` of a server-sent
 * event.
 */
export interface Position {
  store: string;
  seq: number;
}

export function formatPosition({ store, seq }: Position): string {
  return `${store}.${seq}`;
}

/** Parses a position; returns `undefined` when the text is not one. */
export function parsePosition(text: string): Position | undefined {
  const dot = text.lastIndexOf('.');
  const digits = text.slice(dot + 1);
  if (dot < 1 || !/^\d{1,15}$/.test(digits)) return undefined;
  return { store: text.slice(0, dot), seq: Number(digits) };
}
