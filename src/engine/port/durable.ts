import { JournalUnavailableError, UnreadInputError } from '../../errors/errors.ts';
import type { RunnerPorts } from './ports.ts';

/** Milliseconds between two attempts to write to a journal that is unavailable. */
const RETRY_DELAY = 250;

/**
 * Retries a write until the journal takes it or `givenUp` returns true, so that finished work is never lost.
 * After UnreadInputError it retries at once, because the next write accounts for that input. Rejects with any
 * error other than these and JournalUnavailableError.
 */
export async function retryUntilDurable(
  { clock, report }: Pick<RunnerPorts, 'clock' | 'report'>,
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
      await new Promise<void>((resolve) => clock.after(RETRY_DELAY, resolve));
    }
  }
}
