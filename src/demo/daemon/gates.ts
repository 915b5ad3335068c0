import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoDaemon } from './daemon.ts';

/**
 * A gate: a shell command of the worker that runs until the demo opens it. Gates make the kills and changes hit a running
 * command, however slow the machine is.
 */
export type Gate = 'tests' | 'pack' | 'sign';

/** Seconds after which a gated command ends even if its gate was never opened. */
const GATE_LIMIT = 60;

/** Renders the shell script that waits for the gate's file and prints a line every 0.2 s. */
export function renderGate(gate: Gate): string {
  const parts = GATE_LIMIT * 5;
  return `n=0; until [ -e ${gate}.go ] || [ $n = ${parts} ]; do n=$((n + 1)); echo "part $n"; sleep 0.2; done`;
}

export function openGate(gate: Gate, { home }: DemoDaemon): void {
  writeFileSync(join(home.work, `${gate}.go`), '');
}
