import type { Finding } from '../fields/problems.ts';
import { formatSize } from '../fields/units.ts';
import type { ParsedConfig } from '../schema/schema.ts';

type Schedule = ParsedConfig['schedules'][string];

/**
 * Checks schedules whose keys are each valid by themselves; `noAgent` makes the finding for an agent that does not
 * exist.
 */
export function checkSchedules(
  { schedules, agents, limits }: ParsedConfig,
  noAgent: (path: string[], agent: string) => Finding,
): Finding[] {
  return Object.entries(schedules).flatMap(([name, schedule]) => {
    const path = ['schedules', name];
    const { agent, message } = schedule;
    const found = checkTimes(path, schedule);
    if (agent !== undefined && !Object.hasOwn(agents, agent)) found.push(noAgent([...path, 'agent'], agent));
    if (Buffer.byteLength(message) > limits.message) {
      const limit = `is longer than "limits.message" (${formatSize(limits.message)}) allows`;
      found.push({ path: [...path, 'message'], at: 'value', message: limit });
    }
    return found;
  });
}

function checkTimes(path: string[], { cron, every, timezone }: Schedule): Finding[] {
  if (cron === undefined && every === undefined) {
    const hint = 'write "cron", such as "0 9 * * 1-5", or "every", such as "15m"';
    return [{ path, at: 'value', message: 'says nothing about when it runs', hint }];
  }
  if (cron !== undefined && every !== undefined) {
    const hint = 'keep one of them';
    return [{ path: [...path, 'every'], at: 'key', message: 'cannot stand beside "cron"', hint }];
  }
  if (every === undefined || timezone === undefined) return [];
  const hint = 'a schedule with "every" is the same everywhere; for a time of day use "cron"';
  return [{ path: [...path, 'timezone'], at: 'key', message: 'is only for "cron"', hint }];
}
