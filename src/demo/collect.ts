import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { ApiError } from '../errors/http.ts';
import type { WireEvent } from '../protocol/events.ts';
import type { Handover } from '../protocol/handovers.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import type { Facts } from './facts.ts';
import { unlessAway } from './scene.ts';
import { TALLIES } from './story.ts';

/** Time that accepted messages get to be answered after the last one was sent, in ms. */
const LAST_ANSWERS = 10_000;

/**
 * Collects the evidence after the story has ended: the journals of all sessions, the tool runs that the tools recorded
 * themselves, and the report of the handover.
 */
export async function collect(
  daemon: DemoDaemon,
  sessions: readonly string[],
): Promise<Pick<Facts, 'journals' | 'ran' | 'handover'>> {
  const deadline = performance.now() + LAST_ANSWERS;
  const journals = await Promise.all(
    sessions.map(async (name): Promise<[string, WireEvent[]]> => {
      const read = untilIdle(daemon.client, name, deadline).then(() => journalOf(daemon.client, name));
      return [name, await read.catch(nothing)];
    }),
  );
  const ran = TALLIES.flatMap((name) => linesOf(daemon, name))
    .filter((line) => line.startsWith('ran '))
    .map((line) => line.slice('ran '.length));
  const handover = await reportOf(daemon.client).catch(unlessAway);
  return { journals: Object.fromEntries(journals), ran, handover };
}

/** Reads the lines of a file in the agents' working folder; returns none if the file does not exist. */
function linesOf({ home }: DemoDaemon, name: string): string[] {
  const path = join(home.work, name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** Finds the report of the handover that the agent's configuration change caused; undefined if there was none. */
async function reportOf(client: Client): Promise<Handover | undefined> {
  const { handovers } = await client.handovers();
  return handovers.find(({ cause }) => cause === 'config');
}

async function untilIdle(client: Client, session: string, deadline: number): Promise<void> {
  while ((await client.session(session)).status !== 'idle' && performance.now() < deadline) await delay(50);
}

async function journalOf(client: Client, session: string): Promise<WireEvent[]> {
  const events: WireEvent[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { events: WireEvent[]; next?: number | undefined } = await client.events(session, { after });
    events.push(...page.events);
    after = page.next;
  }
  return events;
}

/**
 * Returns an empty journal when the daemon did not come back or does not know the session, which counts as everything
 * lost. Rethrows other errors.
 */
function nothing(error: unknown): WireEvent[] {
  if (error instanceof ApiError && error.status === 404) return [];
  unlessAway(error);
  return [];
}
