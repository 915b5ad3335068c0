import type { TestContext } from 'vitest';
import { createTestDaemon, waitForLogLine } from '../../crash/stage.ts';
import type { Daemon, LogLine } from '../../support/daemon.ts';

/** Returns the text of a configuration for a test daemon; `config` overrides the base keys. */
export function textOf(config: object): string {
  return `${JSON.stringify({ ...BASE, ...config }, null, 2)}\n`;
}

const BASE = { listen: '127.0.0.1:0', logging: { format: 'json', level: 'debug' } };

/** Resolves when the supervisor logs that this revision is in force in the serving generation. */
export function applied(daemon: Daemon, revision: number): Promise<LogLine> {
  const fits = (line: LogLine) =>
    line.msg === 'config:applied' && line['revision'] === revision && Array.isArray(line['keys']);
  const line = daemon.log.find(fits);
  return line ? Promise.resolve(line) : daemon.waitForLog(fits);
}

/** Starts a daemon with these keys, and resolves when its revision 1 has survived its trial. */
export async function upWithGood(
  t: TestContext,
  config: object,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = createTestDaemon(t, { ...config, handover: { trial: '0ms' } }, env);
  await daemon.startUp();
  await waitForLogLine(daemon, { msg: 'config:good', revision: 1 });
  return daemon;
}

/** Returns the handovers of a daemon that have begun, without its start and stop, oldest first. */
export async function handovers({ client }: Daemon) {
  const { handovers: all } = await client.listHandovers({ limit: 100 });
  return all.filter(({ cause }) => cause !== 'start' && cause !== 'stop').reverse();
}

/** Polls until the expectation holds, because the observed state follows a moment after the awaited event. */
export function soon<T>({ expect }: TestContext, look: () => Promise<T>) {
  return expect.poll(look, { timeout: 20_000, interval: 50 });
}
