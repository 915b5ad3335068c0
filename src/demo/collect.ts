import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { ApiError } from '../errors/http.ts';
import type { WireEvent } from '../protocol/events.ts';
import type { HandoverBody } from '../protocol/handovers.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import type { DemoFacts } from './facts.ts';
import { ignoreAway } from './scene.ts';
import { TALLY_FILES } from './story.ts';

/** Time that accepted messages get to be answered after the last one was sent, in ms. */
const ANSWER_LIMIT = 10_000;

/**
 * Collects the evidence after the story has ended: the journals of all sessions, the tool runs that the tools recorded
 * themselves, and the report of the handover.
 */
export async function collectFacts(
  daemon: DemoDaemon,
  sessions: readonly string[],
): Promise<Pick<DemoFacts, 'journals' | 'ran' | 'handover'>> {
  const deadline = performance.now() + ANSWER_LIMIT;
  const journals = await Promise.all(
    sessions.map(async (name): Promise<[string, WireEvent[]]> => {
      const read = waitUntilIdle(daemon.client, name, deadline).then(() => readJournal(daemon.client, name));
      return [name, await read.catch(toEmptyJournal)];
    }),
  );
  const ran = TALLY_FILES.flatMap((name) => readLines(daemon, name))
    .filter((line) => line.startsWith('ran '))
    .map((line) => line.slice('ran '.length));
  const handover = await findReport(daemon.client).catch(ignoreAway);
  return { journals: Object.fromEntries(journals), ran, handover };
}

/** Reads the lines of a file in the agents' working folder; returns none if the file does not exist. */
function readLines({ home }: DemoDaemon, name: string): string[] {
  const path = join(home.work, name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** Finds the report of the handover that the agent's configuration change caused; undefined if there was none. */
async function findReport(client: Client): Promise<HandoverBody | undefined> {
  const { handovers } = await client.listHandovers();
  return handovers.find(({ cause }) => cause === 'config');
}

async function waitUntilIdle(client: Client, session: string, deadline: number): Promise<void> {
  while ((await client.getSession(session)).status !== 'idle' && performance.now() < deadline)
    await delay(50);
}

async function readJournal(client: Client, session: string): Promise<WireEvent[]> {
  const events: WireEvent[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { events: WireEvent[]; next?: number | undefined } = await client.readEvents(session, {
      after,
    });
    events.push(...page.events);
    after = page.next;
  }
  return events;
}

/**
 * Returns an empty journal when the daemon did not come back or does not know the session, which counts as everything
 * lost. Rethrows other errors.
 */
function toEmptyJournal(error: unknown): WireEvent[] {
  if (error instanceof ApiError && error.status === 404) return [];
  ignoreAway(error);
  return [];
}
