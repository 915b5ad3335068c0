import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Returns the path of a new temporary folder, which the caller must remove. */
export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), 'midturn-journal-'));
}
