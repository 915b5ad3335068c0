import type { Recorded } from '../core/events.ts';
import type { Grant } from '../journal/approvals.ts';
import type { Journal } from '../journal/journal.ts';

/** What people have approved for every session of an agent, for judging calls without reading anything. */
export class Grants {
  readonly #journal: Pick<Journal, 'grants'>;
  #rules = new Map<string, Set<string>>();

  constructor(journal: Pick<Journal, 'grants'>) {
    this.#journal = journal;
  }

  /** Reads them anew; other processes may have added or revoked some. */
  async refresh(): Promise<void> {
    this.#rules = new Map();
    this.add(await this.#journal.grants());
  }

  add(grants: readonly Grant[]): void {
    for (const { agent, rule } of grants) {
      this.#rules.set(agent, (this.#rules.get(agent) ?? new Set()).add(rule));
    }
  }

  /** From the next call on the grant is not there any more. */
  remove(agent: string, rule: string): void {
    this.#rules.get(agent)?.delete(rule);
  }

  some(agent: string, covers: (rule: string) => boolean): boolean {
    for (const rule of this.#rules.get(agent) ?? []) if (covers(rule)) return true;
    return false;
  }
}

/** The grants that these events give. */
export function grantsIn(events: readonly Recorded[], agent: string): Grant[] {
  return events.flatMap((event): Grant[] => {
    if (event.type !== 'approval_resolved' || event.decision !== 'approved') return [];
    const { scope, rule, at, from = null } = event;
    return scope === 'always' && rule !== undefined ? [{ agent, rule, at, from }] : [];
  });
}
