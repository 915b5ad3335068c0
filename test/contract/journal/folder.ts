import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder; whoever asks removes it. */
export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), 'midturn-journal-'));
}
