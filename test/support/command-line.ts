import { fileURLToPath } from 'node:url';

/** What a test starts as `midturn`: what MIDTURN_TEST_CLI names at that moment, or else the sources. */
export function commandLine(): string {
  return process.env['MIDTURN_TEST_CLI'] ?? fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
}
