import type { ToolModule, ToolSwitch } from '../port/module.ts';
import type { ReminderPort } from './book.ts';

/** The tools with which a session manages its own reminders. */
export const remindersModule = {
  name: 'reminders',
  tools: {
    remind: { byDefault: 'allow' },
    list_reminders: { byDefault: 'allow' },
    cancel_reminder: { byDefault: 'allow' },
  },
  load: async () => {
    const { createReminderTools } = await import('./reminders.ts');
    return { create: (_: ToolSwitch, { reminders }: ReminderDeps) => createReminderTools(reminders) };
  },
} as const satisfies ToolModule;

interface ReminderDeps {
  /** Storage of the reminders. */
  reminders: ReminderPort;
}
