import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

export async function pauseSchedule({ target, json }: Cli, name: string, paused: boolean): Promise<void> {
  const schedule = await connect(target).pauseSchedule(name, paused);
  if (json) return printJson(schedule);
  if (paused) return print(`${name} is paused; \`midturn schedules resume ${name}\` lets it go on.`);
  const { enabled, next } = schedule;
  if (!enabled) return print(`${name} is not paused any more, but not enabled in the configuration.`);
  print(`${name} goes on${next === null ? '' : ` at ${new Date(next).toLocaleString()}`}.`);
}
