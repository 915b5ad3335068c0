import { JournalUnavailableError, UnreadInputError } from '../../errors/errors.ts';
import type { RunnerPorts } from './ports.ts';

/** How long a refused write waits before it is offered again, in milliseconds. */
const AGAIN = 250;

/**
 * Offers a write until the journal takes it or `givenUp` says to stop; finished work is never thrown away. A write that
 * an unread input forbids is offered again at once, because the next one accounts for that input.
 */
export async function untilDurable(
  { clock, report }: RunnerPorts,
  session: string,
  write: () => Promise<void>,
  givenUp: () => boolean = () => false,
): Promise<void> {
  for (let tries = 1; !givenUp(); tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof UnreadInputError) continue;
      if (!(error instanceof JournalUnavailableError)) throw error;
      if (tries === 1) report('journal:unavailable', { session, error });
      await new Promise<void>((resolve) => clock.after(AGAIN, resolve));
    }
  }
}
