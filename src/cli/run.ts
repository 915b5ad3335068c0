#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [{ createProgram }, { reportError: report }, { readVersion }] = await Promise.all([
  import('./program.ts'),
  import('../terminal/report.ts'),
  import('../util/version.ts'),
]);

// The reader of a pipe may close it early, as in `midturn sessions ls | head`; that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  reportFailure(error);
});
process.on('uncaughtException', (error) => {
  reportFailure(error);
  process.exit();
});

await createProgram(readVersion()).parseAsync().catch(reportFailure);

function reportFailure(error: unknown): void {
  const json = process.argv.includes('--json');
  process.exitCode = report(error, { json, debug: process.env['MIDTURN_DEBUG'] === '1' });
}
