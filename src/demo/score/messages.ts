import { isSettled } from '../../client/conversation/messages.ts';
import type { WireEvent } from '../../protocol/events.ts';
import type { TrackedMessage } from '../chatter.ts';
import type { DemoFacts } from '../facts.ts';
import { type ReadSession, readSession } from '../journal.ts';
import { WORKER } from '../story.ts';
import { measureRecovery } from './recovery.ts';

export interface MessageCounts {
  accepted: number;
  /** Messages that the daemon answered with an error or never accepted. */
  refused: number;
  answered: number;
  /** Messages that were accepted but have no outcome in the journal. */
  lost: number;
  /** Messages that were stored in a journal more than once. */
  doubled: number;
  /** Attempts without an answer, because no daemon was running; the same message was sent again. */
  resent: number;
  /** Resent attempts that no kill explains; must be 0. */
  unexplained: number;
  /** Slowest receipt in ms from the first attempt: in a steady daemon, in the handover and over a kill. */
  slowestMs: { steady: number; handover: number; kills: number };
}

export function countMessages(facts: DemoFacts, sessions: readonly ReadSession[]): MessageCounts {
  const { sent } = facts;
  const accepted = sent.filter((message) => message.accepted !== null).map(({ id }) => id);
  const messages = sessions
    .flatMap(({ conversation }) => conversation.entries)
    .filter((entry) => entry.kind === 'message');
  const ended = new Set(messages.filter(isSettled).map(({ id }) => id));
  const answered = new Set(messages.filter(({ state }) => state === 'answered').map(({ id }) => id));
  const { steady, handover, kills } = groupByTime(facts);
  return {
    accepted: accepted.length,
    refused: sent.filter((message) => message.refused || message.accepted === null).length,
    answered: accepted.filter((id) => answered.has(id)).length,
    lost: accepted.filter((id) => !ended.has(id)).length,
    doubled: countDoubled(Object.values(facts.journals).flat()),
    resent: countResends(sent),
    unexplained: countResends([...steady, ...handover]),
    slowestMs: { steady: findSlowest(steady), handover: findSlowest(handover), kills: findSlowest(kills) },
  };
}

/** Counts inputs that the journals have more than once. A conversation would show each of them only once. */
function countDoubled(events: readonly WireEvent[]): number {
  const received = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
  return received.length - new Set(received).size;
}

/** Groups messages by what happened to the daemon while they were being sent: a kill, the handover or nothing. */
function groupByTime(facts: DemoFacts): Record<keyof MessageCounts['slowestMs'], TrackedMessage[]> {
  const worker = readSession(facts.journals[WORKER] ?? []);
  const killed = facts.kills.map(
    (kill): TimeSpan => [kill.at, kill.at + (measureRecovery(worker, kill) ?? Infinity)],
  );
  const { phases = [] } = facts.handover ?? {};
  const handover = phases.length > 0 ? [coverTimes(phases.map(({ at }) => at))] : [];
  const during = (spans: TimeSpan[]) => (message: TrackedMessage) =>
    spans.some((span) => overlapsSpan(message, span));
  const others = facts.sent.filter((message) => !during(killed)(message));
  return {
    kills: facts.sent.filter(during(killed)),
    handover: others.filter(during(handover)),
    steady: others.filter((message) => !during(handover)(message)),
  };
}

type TimeSpan = readonly [from: number, to: number];

function coverTimes(times: readonly number[]): TimeSpan {
  return [Math.min(...times), Math.max(...times)];
}

function overlapsSpan({ at, accepted }: TrackedMessage, [from, to]: TimeSpan): boolean {
  return at <= to && at + (accepted ?? Infinity) >= from;
}

function findSlowest(messages: readonly TrackedMessage[]): number {
  return Math.round(Math.max(0, ...messages.map(({ accepted }) => accepted ?? 0)));
}

function countResends(messages: readonly TrackedMessage[]): number {
  return messages.reduce((sum, { resent }) => sum + resent, 0);
}
