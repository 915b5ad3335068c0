import { ExitCode } from '../../errors/errors.ts';
import { print, printJson } from '../../terminal/output.ts';
import { applyStyle, type Style } from '../../terminal/style.ts';
import type { Home } from '../../util/home.ts';
import type { CliContext } from '../kit/context.ts';
import type { DoctorCheck } from './check.ts';
import { checkDaemon } from './daemon.ts';
import { checkHome, checkHomeConfig } from './home.ts';
import { checkDisk, checkNode, checkSqlite } from './machine.ts';
import { checkMcpCommands } from './mcp.ts';

/** Runs all checks and prints one line for each. Sets exit code 1 when a problem keeps Midturn from working. */
export async function runDoctor({ home, target, json }: CliContext): Promise<void> {
  const machine = [checkNode(), checkSqlite()];
  const local = 'url' in target ? [] : checkLocal(home);
  const checks = [...machine, ...local, ...(await checkDaemon(home, target))];
  const healthy = checks.every(({ state }) => state !== 'fail');
  if (json) printJson({ ok: healthy, checks });
  else for (const line of checks.flatMap(formatCheck)) print(line);
  if (!healthy) process.exitCode = ExitCode.failed;
}

function checkLocal(home: Home): DoctorCheck[] {
  return [checkDisk(home), checkHome(home), checkHomeConfig(home), ...checkMcpCommands(home)];
}

const colours: Record<DoctorCheck['state'], Style> = { ok: 'green', warn: 'yellow', fail: 'red' };

function formatCheck({ name, state, found, next }: DoctorCheck): string[] {
  const line = `${applyStyle(colours[state], state.padEnd(4))}  ${name.padEnd(7)} ${found}`;
  return next === undefined ? [line] : [line, `               → ${next}`];
}
