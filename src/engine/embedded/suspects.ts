import { foldEvents } from '../../core/evolve.ts';
import type { Blame } from '../../core/model/events.ts';
import { countSuspectedCrashes, hasStepInFlight, type SessionState } from '../../core/model/state.ts';
import type { Journal } from '../../journal/journal.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';

interface SuspectsDeps {
  journal: Journal;
  report: EmitEvent;
}

/**
 * Finds the sessions that may have killed a generation that crashed while its supervisor survived. Suspects
 * are the sessions with a step in flight. Earlier suspects come first, because the others may only have run
 * in the same process. A session carries the blame alone only when it was the single suspect.
 */
export class Suspects {
  readonly #ports: SuspectsDeps;
  /** For each dead generation, the blame of the sessions that were at work in it. */
  readonly #judged = new Map<number, ReadonlyMap<string, Blame>>();

  constructor(ports: SuspectsDeps) {
    this.#ports = ports;
  }

  /**
   * Reads which sessions the generation had at work. Must run before they are freed; logs failures and never
   * rejects.
   */
  async judgeGeneration(generation: number): Promise<void> {
    try {
      const atWork = await this.#readSessionsAtWork(generation);
      const known = atWork.filter(({ state }) => countSuspectedCrashes(state) > 0);
      const [sole, ...more] = known.length > 0 ? known : atWork;
      const culprit = more.length === 0 ? sole?.session : undefined;
      this.#judged.set(
        generation,
        new Map(atWork.map(({ session }) => [session, session === culprit ? 'sole' : 'shared'])),
      );
    } catch (error) {
      this.#ports.report('runner:failed', { error });
    }
  }

  /** Returns the blame to record for the steps of this session that died with the process of a generation. */
  getBlame(session: string, generation: number): Blame {
    return this.#judged.get(generation)?.get(session) ?? 'none';
  }

  async #readSessionsAtWork(generation: number): Promise<{ session: string; state: SessionState }[]> {
    const { journal, report } = this.#ports;
    const owned = (await journal.listUnfinished()).filter(
      ({ owner, status }) => owner === generation && status === 'running',
    );
    const atWork: { session: string; state: SessionState }[] = [];
    for (const { session } of owned) {
      try {
        const { snapshot, events } = await journal.loadSession(session);
        const state = foldEvents(events, snapshot);
        if (state.turn?.generation === generation && hasStepInFlight(state)) atWork.push({ session, state });
      } catch (error) {
        report('runner:failed', { session, error });
      }
    }
    return atWork;
  }
}
