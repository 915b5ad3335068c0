import { spawn } from 'node:child_process';
import { cpus } from 'node:os';

/**
 * `npm run check`: runs every check that must pass before a commit, in under half a minute. It writes
 * nothing; `npm run fix` repairs what can be repaired. Checks run in parallel; the output of a failed one is
 * shown in full.
 */
const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['tests', 'vitest', 'run', '--project', 'unit', '--project', 'contract', '--project', 'architecture'],
  ['lint', 'biome', 'ci', '--error-on-warnings', '.'],
  ['core types', 'tsc', '-p', 'src/core'],
  ['client types', 'tsc', '-p', 'src/client'],
  ['supervisor core types', 'tsc', '-p', 'src/supervisor/core'],
  ['unused code', 'knip'],
  ['documents', 'node', 'scripts/docs.ts', '--check'],
];

const queue = [...CHECKS];
let failed = 0;
await Promise.all(Array.from({ length: Math.max(2, cpus().length) }, runChecks));
process.exit(failed > 0 ? 1 : 0);

async function runChecks(): Promise<void> {
  for (let check = queue.shift(); check; check = queue.shift()) await runCommand(...check);
}

function runCommand(name: string, command: string, ...args: string[]): Promise<void> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      if (code !== 0) failed += 1;
      process.stdout.write(
        `${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n${code === 0 ? '' : `${output}\n`}`,
      );
      resolve();
    });
  });
}
