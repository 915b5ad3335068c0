import { deepStrictEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { listChanges } from '../../src/client/conversation/changes.ts';
import { type Conversation, createConversation } from '../../src/client/conversation/conversation.ts';
import type { ConversationEntry } from '../../src/client/conversation/entries.ts';
import { evolveConversation } from '../../src/client/conversation/evolve.ts';
import type { ConversationItem } from '../../src/client/conversation/item.ts';
import { toWireEvent } from '../../src/protocol/content.ts';
import { sessionEvent, type WireDelta, type WireEvent } from '../../src/protocol/events.ts';
import { auditJournal } from '../support/audit.ts';
import { happenings, limits } from '../support/happenings.ts';
import { SimulatedWorld } from '../support/world.ts';

/** A fixed seed in CI, so that every run is the same; elsewhere each run explores new cases. */
const fixed = process.env['CI'] ? { seed: 20_262 } : {};

/** A session that has lived through arbitrary happenings, with the stream that a follower gets of it. */
const sessions = fc.tuple(limits, happenings).map(([limit, story]) => {
  const world = new SimulatedWorld(limit);
  world.runHappenings(story);
  world.runToRest();
  const events = world.journal.map((event) => sessionEvent.parse(toWireEvent(event)));
  const items = events.flatMap((event, index) => [
    ...sendingOf(event),
    asItem(event),
    ...streamOf(events, index),
  ]);
  return { world, events, items };
});

/** What a client does that has sent every second message itself: its receipt may come before the event, or not at all. */
function sendingOf(event: WireEvent): ConversationItem[] {
  if (event.type !== 'input_received' || event.input.kind !== 'message' || event.seq % 2 === 0) return [];
  const { id, text } = event.input;
  const sent: ConversationItem = { kind: 'sent', at: event.at, message: { id, text } };
  return event.seq % 3 === 0 ? [sent, { kind: 'accepted', input: id }] : [sent];
}

function asItem(event: WireEvent): ConversationItem {
  return { kind: 'event', event };
}

/** The deltas of the model call that the event at `index` starts: its final text, or a part of one that was cut. */
function streamOf(events: readonly WireEvent[], index: number): ConversationItem[] {
  const event = events[index];
  if (event?.type !== 'model_call_started') return [];
  const end = events.slice(index).find((later) => later.type === 'model_call_finished');
  const text =
    end?.type === 'model_call_finished' && end.step === event.step ? textOf(end) : 'a text that was cut';
  const half = Math.ceil(text.length / 2);
  const pieces = [text.slice(0, half), text.slice(half)].filter((piece) => piece !== '');
  return pieces.map((piece, position) => asDelta(event, position === 0 ? 0 : half, piece));
}

function textOf({ content }: Extract<WireEvent, { type: 'model_call_finished' }>): string {
  return content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
}

function asDelta(
  { step, attempt }: { step: number; attempt: number },
  offset: number,
  text: string,
): Extract<ConversationItem, { kind: 'delta' }> {
  return { kind: 'delta', delta: { type: 'delta', kind: 'text', step, attempt, offset, text } };
}

function fold(items: readonly ConversationItem[], start = createConversation('s')): Conversation {
  return items.reduce(evolveConversation, start);
}

/** What a follower gets again when it reconnects after the items: late events, and all text of the running call. */
function sentAgain(items: readonly ConversationItem[], from: number): ConversationItem[] {
  const deltas = items.flatMap((item) => (item.kind === 'delta' ? [item.delta] : []));
  const last = deltas.at(-1);
  const same = deltas.filter(({ step, attempt }) => step === last?.step && attempt === last.attempt);
  return [
    ...items.slice(from).filter((item) => item.kind !== 'delta'),
    ...deltas.slice(from).map((delta): ConversationItem => ({ kind: 'delta', delta })),
    ...(last ? [asDelta(last, 0, joinText(same))] : []),
  ];
}

function joinText(deltas: readonly WireDelta[]): string {
  return deltas.map(({ text }) => text).join('');
}

function isOpen(entry: ConversationEntry): boolean {
  if (entry.kind === 'call') return entry.endedAt === null;
  if (entry.kind === 'question') return entry.state === 'open';
  return entry.kind === 'answer' && entry.state === 'running';
}

/** Checks whether a question came for a call that the session never had, which ends nowhere. */
function isStray(entry: ConversationEntry, events: readonly WireEvent[]): boolean {
  if (entry.kind !== 'question') return false;
  return !events.some((event) => event.type === 'tool_call_started' && event.call === entry.call);
}

describe('a conversation', () => {
  it('[I1] is the same whether it is folded at once, or stored in the middle and folded further', () => {
    fc.assert(
      fc.property(sessions, fc.nat(), ({ items }, anywhere) => {
        const at = anywhere % (items.length + 1);
        const stored = JSON.parse(JSON.stringify(fold(items.slice(0, at))));
        deepStrictEqual(fold(items.slice(at), stored), fold(items));
      }),
      { numRuns: 300, ...fixed },
    );
  });

  it('[I1] is not changed by what arrives again after a reconnect', () => {
    fc.assert(
      fc.property(sessions, fc.nat(), fc.nat(), ({ items }, anywhere, before) => {
        const at = anywhere % (items.length + 1);
        const seen = items.slice(0, at);
        const view = fold(seen);
        const again = fold(sentAgain(seen, before % (at + 1)), view);
        equal(again, view, 'the same object: nothing has changed');
        deepStrictEqual(listChanges(view, again), []);
      }),
      { numRuns: 300, ...fixed },
    );
  });

  it('[I1] shows every accepted message exactly once, with its outcome', () => {
    fc.assert(
      fc.property(sessions, ({ world, items }) => {
        const { outcomes } = auditJournal(world.journal, world.limits, true);
        const messages = fold(items).entries.filter((entry) => entry.kind === 'message');
        const shown = messages.map(({ id, state }): [string, string | null] => [id, state]);
        const byId = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b);
        deepStrictEqual(shown.sort(byId), [...outcomes].sort(byId));
      }),
      { numRuns: 300, ...fixed },
    );
  });

  it('[I1] [G3] shows every answer, call and question exactly once, and leaves none open at rest', () => {
    fc.assert(
      fc.property(sessions, ({ events, items }) => {
        const { entries, turn } = fold(items);
        equal(turn, null);
        equal(new Set(entries.map(({ key }) => key)).size, entries.length, 'keys are unique');
        const said = events.flatMap((event) => (event.type === 'model_call_finished' ? [textOf(event)] : []));
        const answers = entries.filter((entry) => entry.kind === 'answer' && entry.state === 'finished');
        deepStrictEqual(
          answers.map((entry) => (entry.kind === 'answer' ? entry.text : '')),
          said.filter((text) => text !== ''),
        );
        deepStrictEqual(
          entries.filter(isOpen).filter((entry) => !isStray(entry, events)),
          [],
        );
      }),
      { numRuns: 300, ...fixed },
    );
  });
});
