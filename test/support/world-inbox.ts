import type { Input, Outcome, Question, Recorded } from '../../src/core/model/events.ts';
import type { Happening } from './happening.ts';

type That<Does extends Happening['does']> = Extract<Happening, { does: Does }>;

/** What waits to be received by a session, under ids that count up; it outlives the process. */
export class Inbox {
  #waiting: Input[] = [];
  #inputs = 0;

  take(): Input[] {
    return this.#waiting.splice(0);
  }

  say({ mode, replies, patience }: That<'message'>, now: number): void {
    const id = this.#input();
    const reply = replies ? { replyTo: { session: 'parent', call: '1.1' }, depth: 1 } : {};
    const until = patience == null ? {} : { deadline: now + patience };
    this.#waiting.push({ kind: 'message', id, text: `text of ${id}`, mode, ...reply, ...until });
  }

  decide({ which, decision, scope }: That<'decide'>, journal: readonly Recorded[]): void {
    const approval = pick(asked(journal), which) ?? 'never asked';
    const content = { answer: approval };
    this.#waiting.push({ kind: 'approval', id: this.#input(), approval, decision, scope, content });
  }

  hear({ which, question, state }: That<'hear'>, journal: readonly Recorded[]): void {
    const call = pick(delegated(journal), which) ?? '99.1';
    const about = questionOf(`q${question}`, state);
    this.#waiting.push({ kind: 'question', id: this.#input(), call, question: about });
  }

  report({ which, outcome }: That<'report'>, journal: readonly Recorded[]): void {
    this.result(pick(delegated(journal), which) ?? '99.1', outcome);
  }

  result(call: string, outcome: Outcome | 'unknown'): void {
    this.#waiting.push({ kind: 'result', id: this.#input(), call, outcome, text: `${outcome} elsewhere` });
  }

  cancel(): void {
    this.#waiting.push({ kind: 'cancel', id: this.#input() });
  }

  release(): void {
    this.#waiting.push({ kind: 'release', id: this.#input(), from: 'operator' });
  }

  #input(): string {
    this.#inputs += 1;
    return `i${this.#inputs}`;
  }
}

function asked(journal: readonly Recorded[]): string[] {
  return journal.flatMap((event) => (event.type === 'approval_requested' ? [event.approval] : []));
}

/** Calls that other sessions work on, or did. */
function delegated(journal: readonly Recorded[]): string[] {
  return journal.flatMap((event) =>
    event.type === 'tool_call_started' && event.child !== undefined ? [event.call] : [],
  );
}

function questionOf(approval: string, state: Question['state']): Question {
  const about = { tool: 't5', input: {}, rule: 't5', expiresAt: 2_000_000 };
  return { approval, session: 'below', ...about, state, from: null, note: null };
}

function pick<T>(items: readonly T[], which: number | null): T | undefined {
  return which === null ? undefined : items[which % items.length];
}
