import type { Input, Outcome, RecordedEvent, RelayedQuestion } from '../../src/core/model/events.ts';
import { createTextContent } from '../../src/core/model/message.ts';
import type { Happening } from './happening.ts';

type That<Does extends Happening['does']> = Extract<Happening, { does: Does }>;

/** What waits to be received by a session, under ids that count up; it outlives the process. */
export class SimulatedInbox {
  #waiting: Input[] = [];
  #inputs = 0;

  takeInputs(): Input[] {
    return this.#waiting.splice(0);
  }

  addMessage({ mode, replies, patience }: That<'message'>, now: number): void {
    const id = this.#nextId();
    const reply = replies ? { replyTo: { session: 'parent', call: '1.1' }, depth: 1 } : {};
    const until = patience == null ? {} : { deadline: now + patience };
    this.#waiting.push({
      kind: 'message',
      id,
      content: createTextContent(`text of ${id}`),
      mode,
      ...reply,
      ...until,
    });
  }

  addDecision({ which, decision, scope }: That<'decide'>, journal: readonly RecordedEvent[]): void {
    const approval = pickItem(askedQuestions(journal), which) ?? 'never asked';
    const content = { answer: approval };
    this.#waiting.push({ kind: 'approval', id: this.#nextId(), approval, decision, scope, content });
  }

  addQuestion({ which, question, state }: That<'hear'>, journal: readonly RecordedEvent[]): void {
    const call = pickItem(delegatedCalls(journal), which) ?? '99.1';
    const about = questionOf(`q${question}`, state);
    this.#waiting.push({ kind: 'question', id: this.#nextId(), call, question: about });
  }

  addReport({ which, outcome }: That<'report'>, journal: readonly RecordedEvent[]): void {
    this.addResult(pickItem(delegatedCalls(journal), which) ?? '99.1', outcome);
  }

  addResult(call: string, outcome: Outcome | 'unknown'): void {
    this.#waiting.push({
      kind: 'result',
      id: this.#nextId(),
      call,
      outcome,
      content: createTextContent(`${outcome} elsewhere`),
    });
  }

  addCancel(): void {
    this.#waiting.push({ kind: 'cancel', id: this.#nextId() });
  }

  addRelease(): void {
    this.#waiting.push({ kind: 'release', id: this.#nextId(), from: 'operator' });
  }

  #nextId(): string {
    this.#inputs += 1;
    return `i${this.#inputs}`;
  }
}

function askedQuestions(journal: readonly RecordedEvent[]): string[] {
  return journal.flatMap((event) => (event.type === 'approval_requested' ? [event.approval] : []));
}

/** Calls that other sessions work on, or did. */
function delegatedCalls(journal: readonly RecordedEvent[]): string[] {
  return journal.flatMap((event) =>
    event.type === 'tool_call_started' && event.child !== undefined ? [event.call] : [],
  );
}

function questionOf(approval: string, state: RelayedQuestion['state']): RelayedQuestion {
  const about = { tool: 't5', input: {}, rule: 't5', expiresAt: 2_000_000 };
  return { approval, session: 'below', ...about, state, from: null, note: null };
}

function pickItem<T>(items: readonly T[], which: number | null): T | undefined {
  return which === null ? undefined : items[which % items.length];
}
