import { z } from 'zod';
import { isBlank } from '../../core/model/text.ts';
import { nearest } from '../../util/nearest.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';

/** Gives a task to a session of its own; the answer of that session is the result of the call. */
export function delegateTool(agents: readonly string[]): Tool {
  const args = z.strictObject({
    agent: z.string().describe(`Who does it: ${agents.join(', ')}.`),
    task: z
      .string()
      .min(1, { abort: true })
      .refine((text) => !isBlank(text), 'the task must contain visible text')
      .describe(
        'What to do, with everything that is needed to do it: nothing else of this conversation is seen.',
      ),
  });
  const tool = defineTool({
    name: 'delegate',
    description:
      'Gives a task to another agent, which works on it in a conversation of its own, and returns its answer. It may take long; several calls at once run side by side.',
    arguments: args,
    effect: 'write',
    run: async () => toolError('The task was not given to anybody.'),
  });
  return {
    ...tool,
    delegate(input) {
      const { success, data, error } = args.safeParse(input);
      if (!success)
        return `its arguments cannot be used: ${error.issues.map(({ message }) => message).join('; ')}`;
      const { agent, task } = data;
      if (agents.includes(agent)) return { agent, text: task };
      const meant = nearest(agent, agents);
      return `there is no agent "${agent}"; ${meant ? `did you mean "${meant}"?` : `there are ${agents.join(', ')}`}`;
    },
  };
}
