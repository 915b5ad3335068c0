import { z } from 'zod';
import { reminder, reminderPage, reminderQuery } from '../../protocol/time.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonContent, problemResponses, type RouteContext, readListPage } from './shared.ts';

export function reminderRoutes({ app, deps: { time } }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const { limit, after, session } = c.req.valid('query');
    const from = omitUndefined({
      session,
      after: after === undefined ? undefined : parseReminderCursor(after),
    });
    const page = await readListPage(limit, (size) => time.listReminders({ ...from, limit: size }));
    const { items, last } = page;
    return c.json({ reminders: items, ...(last ? { next: `${last.due}:${last.id}` } : {}) }, 200);
  });

  app.openapi(removeRoute, async (c) => c.json(await time.removeReminder(c.req.valid('param').id), 200));
}

function parseReminderCursor(after: string): { due: number; id: string } {
  const colon = after.indexOf(':');
  return { due: Number(after.slice(0, colon)), id: after.slice(colon + 1) };
}

const listRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/reminders',
  operationId: 'listReminders',
  summary: 'List reminders',
  description: 'Pending reminders, in the order in which they are due.',
  request: { query: reminderQuery },
  responses: { 200: jsonContent('A page of reminders.', reminderPage), ...problemResponses },
});

const removeRoute = declareRoute({
  'x-access': 'write',
  method: 'delete',
  path: '/v1/reminders/{id}',
  operationId: 'deleteReminder',
  summary: 'Remove a reminder',
  request: { params: z.object({ id: z.string().max(256) }) },
  responses: { 200: jsonContent('The removed reminder.', reminder), ...problemResponses },
});
