import { z } from 'zod';
import { receipt } from '../../protocol/messages.ts';
import { type ScheduleBody, schedule, scheduleList, scheduleRun } from '../../protocol/time.ts';
import type { ScheduleView } from '../../schedules/view.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext } from './shared.ts';

export function scheduleRoutes({ app, deps: { time } }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const schedules = await time.listSchedules();
    return c.json({ schedules: schedules.map(bodyOf) }, 200);
  });

  app.openapi(pauseRoute, async (c) => {
    return c.json(bodyOf(await time.pauseSchedule(c.req.valid('param').name, true)), 200);
  });

  app.openapi(resumeRoute, async (c) => {
    return c.json(bodyOf(await time.pauseSchedule(c.req.valid('param').name, false)), 200);
  });

  app.openapi(runRoute, async (c) => {
    return c.json(await time.runSchedule(c.req.valid('param').name, c.req.valid('json').id), 202);
  });
}

function bodyOf({ when, ...view }: ScheduleView): ScheduleBody {
  return { ...view, ...when };
}

const schedulePath = z.object({ name: z.string().max(128).meta({ description: 'Name of the schedule.' }) });

const listRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/schedules',
  operationId: 'listSchedules',
  summary: 'List schedules',
  description: 'All schedules of the configuration, in its order.',
  responses: { 200: jsonContent('The schedules.', scheduleList), ...problemResponses },
});

const pauseRoute = declareRoute({
  'x-access': 'write',
  method: 'post',
  path: '/v1/schedules/{name}/pause',
  operationId: 'pauseSchedule',
  summary: 'Pause a schedule',
  description:
    'The schedule fires nothing until it is resumed, across restarts too. The configuration is not changed.',
  request: { params: schedulePath },
  responses: { 200: jsonContent('The paused schedule.', schedule), ...problemResponses },
});

const resumeRoute = declareRoute({
  'x-access': 'write',
  method: 'post',
  path: '/v1/schedules/{name}/resume',
  operationId: 'resumeSchedule',
  summary: 'Resume a schedule',
  description: 'The schedule continues with its next slot. Slots during the pause do not count as missed.',
  request: { params: schedulePath },
  responses: { 200: jsonContent('The resumed schedule.', schedule), ...problemResponses },
});

const runRoute = declareRoute({
  'x-access': 'write',
  method: 'post',
  path: '/v1/schedules/{name}/run',
  operationId: 'runSchedule',
  summary: 'Run a schedule now',
  description:
    "Delivers the schedule's message at once, whether it is paused or not. Its slots stay as they are.",
  request: { params: schedulePath, ...jsonBody(scheduleRun) },
  responses: { 202: jsonContent('The message is on disk.', receipt), ...problemResponses },
});
