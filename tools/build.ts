import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

/** `npm run build`: `dist/` from `src/`, with the files that are read rather than imported. */
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src/journal/sqlite/migrations', 'dist/journal/sqlite/migrations', { recursive: true });
