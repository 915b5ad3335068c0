#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [{ createProgram }, { report }, { readVersion }] = await Promise.all([
  import('./program.ts'),
  import('../terminal/report.ts'),
  import('../util/version.ts'),
]);

// Who reads our output may stop reading: `midturn sessions ls | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  fail(error);
});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

await createProgram(readVersion()).parseAsync().catch(fail);

function fail(error: unknown): void {
  const json = process.argv.includes('--json');
  process.exitCode = report(error, { json, debug: process.env['MIDTURN_DEBUG'] === '1' });
}
