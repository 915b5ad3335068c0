import { constants } from 'node:os';
import { DemoDaemon } from '../../demo/daemon/daemon.ts';
import { playStory } from '../../demo/play.ts';
import { formatScoreboard } from '../../demo/score/report.ts';
import { scoreFacts } from '../../demo/score/scoreboard.ts';
import { createDemoConfig } from '../../demo/story.ts';
import { StoryPrinter } from '../../demo/telling.ts';
import { ExitCode } from '../../errors/errors.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

/**
 * Runs the demo and prints its scoreboard; sets exit code 1 when a promise was broken. Rejects with StartFailedError.
 * Removes its processes and its home however it ends, unless `keep` is set.
 */
export async function runDemo({ json }: CliContext, { keep = false }: { keep?: boolean }): Promise<void> {
  const daemon = new DemoDaemon(createDemoConfig());
  process.once('exit', () => daemon.dispose(keep));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  const telling = new StoryPrinter(json ? () => {} : (text) => process.stdout.write(text));
  telling.printLine(`A daemon on a temporary home, with a scripted model: ${daemon.home.root}`);
  const scoreboard = scoreFacts(await playStory(daemon, telling));
  daemon.dispose(keep);
  process.exitCode = scoreboard.broken.length === 0 ? ExitCode.ok : ExitCode.failed;
  if (json) return printJson({ ...scoreboard, ...(keep ? { home: daemon.home.root } : {}) });
  for (const line of formatScoreboard(scoreboard)) print(line);
  if (keep) print(`The home is kept: ${daemon.home.root}`);
}
