import type { TrackedMessage } from '../chatter.ts';
import type { DemoFacts } from '../facts.ts';
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

export function countMessages(facts: DemoFacts): MessageCounts {
  const { sent } = facts;
  const events = Object.values(facts.journals).flat();
  const accepted = sent.filter((message) => message.accepted !== null).map(({ id }) => id);
  const received = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
  const ends = events.filter((event) => event.type === 'turn_finished' || event.type === 'input_closed');
  const ended = new Set(ends.flatMap(({ inputs }) => inputs));
  const answered = new Set(
    ends.filter(({ outcome }) => outcome === 'answered').flatMap(({ inputs }) => inputs),
  );
  const { steady, handover, kills } = groupByTime(facts);
  return {
    accepted: accepted.length,
    refused: sent.filter((message) => message.refused || message.accepted === null).length,
    answered: accepted.filter((id) => answered.has(id)).length,
    lost: accepted.filter((id) => !ended.has(id)).length,
    doubled: received.length - new Set(received).size,
    resent: countResends(sent),
    unexplained: countResends([...steady, ...handover]),
    slowestMs: { steady: findSlowest(steady), handover: findSlowest(handover), kills: findSlowest(kills) },
  };
}

/** Groups messages by what happened to the daemon while they were being sent: a kill, the handover or nothing. */
function groupByTime(facts: DemoFacts): Record<keyof MessageCounts['slowestMs'], TrackedMessage[]> {
  const killed = facts.kills.map(
    (kill): TimeSpan => [kill.at, kill.at + (measureRecovery(facts, kill) ?? Infinity)],
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
