import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../src/util/home.ts';

/** `host:port` of the daemon that runs on a home. */
export function readAddress({ run }: Pick<Home, 'run'>): string {
  const file = readFileSync(join(run, 'supervisor.json'), 'utf8');
  return z.object({ address: z.string() }).parse(JSON.parse(file)).address;
}
