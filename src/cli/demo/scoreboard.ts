import type { WireEvent } from '../../protocol/events.ts';
import { type Calls, countCalls, countSteps, namedCalls, type Steps } from './counts.ts';
import { type Facts, isStart, type Kill } from './facts.ts';
import { LONG_COMMAND, WORKER } from './story.ts';

/** What `midturn demo --json` prints. Every number was measured. */
export interface Scoreboard {
  /** The promises that broke, in words; the demo has failed unless it is empty. */
  broken: string[];
  messages: Messages;
  /** Of all sessions. */
  steps: Steps;
  /** Calls that change something: what the journal says, and how often they ran by their own count. */
  tools: Calls;
  /** The shell command that ran when its generation was killed went on, and its result reached the turn. */
  shellPickedUp: boolean;
  /** From `kill -9` to the first step that the turn went on with; null when it did not. */
  recoveryMs: { generation: number | null; everything: number | null };
  /** Of the worker's event stream, over both kills. */
  events: { followed: number; missed: number };
  totalMs: number;
}

interface Messages {
  accepted: number;
  /** Answered with an error, or never accepted. */
  refused: number;
  answered: number;
  /** Accepted, but without any outcome. */
  lost: number;
  /** In a journal more than once. */
  doubled: number;
  /** Tries that nobody answered, because nobody was there; the same message was sent again. */
  resent: number;
  /** From the first try to the receipt, over whatever happened meanwhile. */
  longestAcceptMs: number;
}

/** The demo's verdict, from nothing but what was observed. */
export function judge(facts: Facts): Scoreboard {
  const events = Object.values(facts.journals).flat();
  const worker = facts.journals[WORKER] ?? [];
  const found = {
    messages: countMessages(facts, events),
    steps: countSteps(Object.values(facts.journals)),
    tools: countCalls(worker, facts.ran),
    shellPickedUp: wasPickedUp(worker, facts.ran),
    recoveryMs: { generation: recovery(facts, 'generation'), everything: recovery(facts, 'everything') },
    events: { followed: facts.followed, missed: worker.length - facts.followed },
    totalMs: Math.round(facts.total),
  };
  return { broken: brokenPromises(found), ...found };
}

function countMessages({ sent }: Facts, events: readonly WireEvent[]): Messages {
  const accepted = sent.filter((message) => message.accepted !== null).map(({ id }) => id);
  const received = events.flatMap((event) => (event.type === 'input_received' ? [event.input.id] : []));
  const ends = events.filter((event) => event.type === 'turn_finished' || event.type === 'input_closed');
  const ended = new Set(ends.flatMap(({ inputs }) => inputs));
  const answered = new Set(
    ends.filter(({ outcome }) => outcome === 'answered').flatMap(({ inputs }) => inputs),
  );
  return {
    accepted: accepted.length,
    refused: sent.filter((message) => message.refused || message.accepted === null).length,
    answered: accepted.filter((id) => answered.has(id)).length,
    lost: accepted.filter((id) => !ended.has(id)).length,
    doubled: received.length - new Set(received).size,
    resent: sent.reduce((sum, { resent }) => sum + resent, 0),
    longestAcceptMs: Math.round(Math.max(0, ...sent.map((message) => message.accepted ?? 0))),
  };
}

function wasPickedUp(worker: readonly WireEvent[], ran: readonly string[]): boolean {
  const [call] = [...namedCalls(worker)].find(([, name]) => name === LONG_COMMAND) ?? [];
  const generations = worker.flatMap((event) =>
    event.type === 'tool_call_started' && event.call === call ? [event.generation] : [],
  );
  const output = worker.find((event) => event.type === 'tool_call_finished' && event.call === call);
  const reported = output?.type === 'tool_call_finished' && output.output.type === 'text';
  return (
    reported && new Set(generations).size > 1 && ran.filter((name) => name === LONG_COMMAND).length === 1
  );
}

function recovery({ journals, kills }: Facts, what: Kill['what']): number | null {
  const kill = kills.find((each) => each.what === what);
  const next = journals[WORKER]
    ?.filter(isStart)
    .find(({ generation }) => generation > (kill?.generation ?? 0));
  return kill && next ? next.at - kill.at : null;
}

function brokenPromises(found: Omit<Scoreboard, 'broken'>): string[] {
  const { messages, steps, tools, shellPickedUp, recoveryMs, events } = found;
  const promises: [kept: boolean, words: string][] = [
    [messages.refused === 0, `${messages.refused} messages were refused`],
    [messages.lost === 0, `${messages.lost} accepted messages were lost`],
    [
      messages.answered === messages.accepted,
      `${messages.accepted - messages.answered} accepted messages were not answered`,
    ],
    [messages.doubled === 0, `${messages.doubled} messages were stored twice`],
    [steps.repeated === 0, `${steps.repeated} finished steps were begun again`],
    [tools.twice.length === 0, `these tool calls ran twice: ${tools.twice.join(', ')}`],
    [tools.missing.length === 0, `these tool calls never ran: ${tools.missing.join(', ')}`],
    [shellPickedUp, 'the running shell command was not picked up'],
    [recoveryMs.generation !== null, 'the turn did not go on after the generation was killed'],
    [recoveryMs.everything !== null, 'the turn did not go on after everything was killed'],
    [events.missed === 0, `${events.missed} events did not reach the follower`],
  ];
  return promises.filter(([kept]) => !kept).map(([, words]) => words);
}
