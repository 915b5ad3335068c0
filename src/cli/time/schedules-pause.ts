import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

export async function pauseSchedule(
  { target, json }: CliContext,
  name: string,
  paused: boolean,
): Promise<void> {
  const schedule = await createNodeClient(target).pauseSchedule(name, paused);
  if (json) return printJson(schedule);
  if (paused) return print(`${name} is paused; resume it with \`midturn schedules resume ${name}\`.`);
  const { enabled, next } = schedule;
  if (!enabled) return print(`${name} is no longer paused, but it is disabled in the configuration.`);
  print(`${name} is resumed${next === null ? '' : `; next run at ${new Date(next).toLocaleString()}`}.`);
}
