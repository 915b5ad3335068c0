import type { TestContext } from 'vitest';
import { homeWith, logged } from '../../crash/stage.ts';
import type { Daemon, LogLine } from '../../support/daemon.ts';

/** A configuration of a test daemon as a text. */
export function textOf(config: object): string {
  return `${JSON.stringify({ ...BASE, ...config }, null, 2)}\n`;
}

const BASE = { listen: '127.0.0.1:0', logging: { format: 'json', level: 'debug' } };

/** The supervisor says that this revision is in force in the generation that serves. */
export function applied(daemon: Daemon, revision: number): Promise<LogLine> {
  const fits = (line: LogLine) =>
    line.msg === 'config:applied' && line['revision'] === revision && Array.isArray(line['keys']);
  const line = daemon.log.find(fits);
  return line ? Promise.resolve(line) : daemon.heard(fits);
}

/** A daemon whose revision 1, with these keys, has survived its trial. */
export async function upWithGood(
  t: TestContext,
  config: object,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = homeWith(t, { ...config, handover: { trial: '0ms' } }, env);
  await daemon.up();
  await logged(daemon, { msg: 'config:good', revision: 1 });
  return daemon;
}

/** The handovers of a daemon that began, its start and stop left out, oldest first. */
export async function handovers({ client }: Daemon) {
  const { handovers: all } = await client.handovers({ limit: 100 });
  return all.filter(({ cause }) => cause !== 'start' && cause !== 'stop').reverse();
}

/** Looks again and again until what is expected holds; what is looked at comes a moment after what was waited for. */
export function soon<T>({ expect }: TestContext, look: () => Promise<T>) {
  return expect.poll(look, { timeout: 20_000, interval: 50 });
}
