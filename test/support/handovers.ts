import type { TestContext } from 'vitest';
import type { WireEvent } from '../../src/protocol/events.ts';
import type { HandoverBody } from '../../src/protocol/handovers.ts';
import { Daemon } from './daemon.ts';
import { ModelServer, type Turn } from './model-server.ts';

type Script = (messages: { role: string; content?: unknown }[], server: ModelServer) => Turn;

/** A daemon that serves and thinks with a model of the test; both are gone when the test has finished. */
export async function thinkingDaemon(
  t: TestContext,
  script: Script,
  more: (server: ModelServer) => object = () => ({}),
): Promise<{ daemon: Daemon; server: ModelServer }> {
  const server = await ModelServer.open(script);
  t.onTestFinished(() => server.close());
  const daemon = new Daemon({ ...server.config, ...more(server) });
  t.onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  return { daemon, server };
}

/** Restarts and resolves with the report when the former generation has gone. */
export async function handOver(daemon: Daemon, reason = 'the test'): Promise<HandoverBody> {
  // The start of the daemon has a report too, which may end only now.
  const done = daemon.waitForLog(({ msg, cause }) => msg === 'handover:done' && cause === 'restart');
  await daemon.client.restart(reason);
  return daemon.client.getHandover(String((await done)['handover']));
}

/** Every event of a session once this input has its outcome, over any number of restarts. */
export async function eventsOf({ client }: Daemon, session: string, input: string): Promise<WireEvent[]> {
  const events: WireEvent[] = [];
  for await (const item of client.followSession(session, 0, AbortSignal.timeout(50_000))) {
    if (item.kind !== 'event') continue;
    const { event } = item;
    events.push(event);
    const closes = event.type === 'turn_finished' || event.type === 'input_closed';
    if (closes && event.inputs.includes(input)) return events;
  }
  throw new Error(`the input "${input}" of "${session}" has no outcome in time`);
}

/** The first event of a session that fits. */
export async function eventOf(
  { client }: Daemon,
  session: string,
  fits: (event: WireEvent) => boolean,
): Promise<WireEvent> {
  for await (const item of client.followSession(session, 0, AbortSignal.timeout(50_000))) {
    if (item.kind === 'event' && fits(item.event)) return item.event;
  }
  throw new Error(`the event of "${session}" did not come in time`);
}

/** What was begun and interrupted, each with its generation. */
export function stepsOf(events: readonly WireEvent[]): string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case 'model_call_started':
        return [`model call ${event.step}, attempt ${event.attempt}, generation ${event.generation}`];
      case 'model_call_interrupted':
        return [`model call ${event.step} interrupted: ${event.cause}`];
      case 'tool_call_started':
        return [`tool call ${event.call}, attempt ${event.attempt}, generation ${event.generation}`];
      case 'tool_call_interrupted':
        return [`tool call ${event.call} interrupted: ${event.cause}`];
      case 'tool_call_outcome_unknown':
        return [`tool call ${event.call} unknown`];
      case 'session_handed_over':
        return [`handed over ${event.from} → ${event.to}: ${event.cause}`];
      case 'turn_finished':
        return [event.outcome];
      default:
        return [];
    }
  });
}
