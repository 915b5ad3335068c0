import type { HandoverBody } from '../../protocol/handovers.ts';
import { toOneLine } from '../../terminal/text.ts';
import { describeHandoverSession, formatElapsed } from './words.ts';

/** Prints a handover while it runs: each phase with its time, and the sessions that hold it up. */
export class HandoverPrinter {
  readonly #print: (line: string) => void;
  #phases = 0;
  readonly #told = new Map<string, string>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  printChanges({ phases, sessions }: HandoverBody): void {
    const start = phases[0]?.at ?? 0;
    for (const { phase, at } of phases.slice(this.#phases)) {
      this.#print(`+${formatElapsed(at - start)}  ${toOneLine(phase, 40)}`);
    }
    this.#phases = phases.length;
    for (const session of sessions) {
      const line = describeHandoverSession(session);
      if (this.#told.get(session.session) !== line) this.#print(`        ${line}`);
      this.#told.set(session.session, line);
    }
  }
}
