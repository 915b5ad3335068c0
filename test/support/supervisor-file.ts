import { recordBroken } from '../../src/supervisor/core/config/file-problems.ts';
import type { SupervisorEffect } from '../../src/supervisor/core/model/effects.ts';
import type { RestoredRevision } from '../../src/supervisor/core/model/events.ts';
import {
  type ConfigContent,
  type ConfigState,
  type ContentFinding,
  type FileFinding,
  NO_FILE_PROBLEMS,
  type StoredRevisionFacts,
} from '../../src/supervisor/core/model/revision.ts';

/** How a generation misbehaves with a configuration; in rescue mode none does. */
export type Misbehaviour =
  | 'none'
  | 'crashes at boot'
  | 'hangs at boot'
  | 'is unhealthy'
  | 'hangs before serving'
  | 'serves late'
  | 'crashes after serving'
  | 'refuses to apply'
  | 'is silent'
  | 'crashes when it applies'
  | 'never drains'
  | 'refuses the store';

/** What a configuration means; two equal ones mean the same. `listen` needs a new process, the rest is live. */
export interface SimulatedContent {
  listen: 'here' | 'there' | 'taken';
  turns: number;
  trial: number;
  misbehaviour: Misbehaviour;
}

const DEFAULTS: SimulatedContent = { listen: 'here', turns: 0, trial: 0, misbehaviour: 'none' };

/** The configuration file and the stored revisions of a simulated home. */
export class SimulatedFile {
  saved: SimulatedContent | 'broken' | 'missing';
  readonly revisions: (StoredRevisionFacts & { content: ConfigContent })[] = [];

  constructor(first: SimulatedContent | 'broken') {
    this.saved = first;
  }

  save(content: SimulatedContent | 'broken' | 'missing'): void {
    this.saved = content;
  }

  /** The configuration that a supervisor starts with. */
  createConfigState(): ConfigState {
    if (this.saved === 'broken' || this.saved === 'missing') {
      const problem = { message: 'broken', problems: [], since: 0 };
      const file = recordBroken(NO_FILE_PROBLEMS, 'broken', problem);
      const rescue = {
        number: 0,
        content: toContent(DEFAULTS),
        origin: 'last-known-good',
        keys: [],
      } as const;
      return {
        active: { ...rescue, keys: [], state: 'failed' },
        canRunSessions: false,
        trialRuns: false,
        file,
      };
    }
    const content = toContent(this.saved);
    this.revisions.push({ number: 1, hash: content.hash, state: 'trial', content });
    const active = { number: 1, content, origin: 'file', keys: [], state: 'trial' } as const;
    return {
      active: { ...active, keys: [] },
      canRunSessions: true,
      trialRuns: false,
      file: NO_FILE_PROBLEMS,
    };
  }

  check(active: ConfigContent, wantsDefaults: boolean): FileFinding {
    if (this.saved === 'broken')
      return { what: 'broken', content: 'broken', message: 'broken', problems: [] };
    if (this.saved === 'missing') {
      const defaults = wantsDefaults ? this.#compare(active, DEFAULTS, 'default') : null;
      return { what: 'missing', file: 'midturn.jsonc', defaults };
    }
    return { what: 'valid', ...this.#compare(active, this.saved, 'file') };
  }

  #compare(active: ConfigContent, saved: SimulatedContent, origin: 'file' | 'default'): ContentFinding {
    const content = toContent(saved);
    const needsHandover = content.listen !== active.listen;
    const keys = content.hash === active.hash ? [] : needsHandover ? ['listen'] : ['limits.turns'];
    const last = this.revisions.at(-1) ?? null;
    return { content, origin, needsHandover, keys, last, next: this.revisions.length + 1 };
  }

  restoreGood(active: ConfigContent): RestoredRevision | null {
    const good = this.revisions.findLast(({ state }) => state === 'good');
    return good
      ? { number: good.number, content: good.content, keys: good.hash === active.hash ? [] : ['x'] }
      : null;
  }

  perform(effect: SupervisorEffect): void {
    if (effect.type === 'add_revision') {
      const { number, content } = effect.revision;
      if (number !== this.revisions.length + 1) throw new Error(`revision ${number} is not the next one`);
      this.revisions.push({ number, hash: content.hash, state: 'trial', content });
    }
    if (effect.type !== 'mark_revision') return;
    const marked = this.revisions.find(({ number }) => number === effect.number);
    if (marked) marked.state = effect.state;
  }
}

export function toContent(content: SimulatedContent): ConfigContent {
  const hash = JSON.stringify(content);
  const { listen, trial } = content;
  return { hash, fingerprint: hash, listen, trial, budgets: { drainCap: 500, kill: 700 } };
}

/** Returns what a content that came from here makes a generation do. */
export function misbehaviourOf({ hash }: ConfigContent): Misbehaviour {
  const { misbehaviour }: SimulatedContent = JSON.parse(hash);
  return misbehaviour;
}
