import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoDaemon } from './daemon.ts';

/**
 * Shell commands of the worker that run until the demo lets them end, so that what has to happen in the middle of
 * one does, however slow the machine is.
 */
export type Gate = 'tests' | 'pack' | 'sign';

/** Seconds after which a command ends in any case. */
const PATIENCE = 60;

/** A piece of shell script. */
export function waitAt(gate: Gate): string {
  const parts = PATIENCE * 5;
  return `n=0; until [ -e ${gate}.go ] || [ $n = ${parts} ]; do n=$((n + 1)); echo "part $n"; sleep 0.2; done`;
}

export function openGate(gate: Gate, { home }: DemoDaemon): void {
  writeFileSync(join(home.work, `${gate}.go`), '');
}
