import type { Client } from '../../src/client/client.ts';
import { ConnectionLostError, DaemonNotRunningError } from '../../src/errors/http.ts';
import type { WireEvent } from '../../src/protocol/events.ts';

/** Repeats an attempt until it is answered, as a client does whose connection broke or was refused. */
export async function retryUntilAccepted<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOutage(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Yields every event of the session, from the first one and across restarts, until the caller stops reading. */
export async function* followAcrossRestarts(client: Client, session: string): AsyncGenerator<WireEvent> {
  const signal = AbortSignal.timeout(60_000);
  for (let seq = 0; !signal.aborted; ) {
    try {
      for await (const item of client.followSession(session, seq, signal)) {
        if (item.kind !== 'event') continue;
        seq = item.event.seq;
        yield item.event;
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
  }
  throw new Error('the events did not come in time');
}

function isOutage(error: unknown): boolean {
  return error instanceof ConnectionLostError || error instanceof DaemonNotRunningError;
}
