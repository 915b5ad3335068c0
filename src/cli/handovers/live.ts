import type { Handover } from '../../protocol/handovers.ts';
import { oneLine } from '../../terminal/text.ts';
import { duration, sessionLine } from './words.ts';

/** Prints a handover while it runs: each phase with its time, and the sessions that hold it up. */
export class LiveHandover {
  readonly #print: (line: string) => void;
  #phases = 0;
  readonly #told = new Map<string, string>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  see({ phases, sessions }: Handover): void {
    const start = phases[0]?.at ?? 0;
    for (const { phase, at } of phases.slice(this.#phases)) {
      this.#print(`+${duration(at - start)}  ${oneLine(phase, 40)}`);
    }
    this.#phases = phases.length;
    for (const session of sessions) {
      const line = sessionLine(session);
      if (this.#told.get(session.session) !== line) this.#print(`        ${line}`);
      this.#told.set(session.session, line);
    }
  }
}
