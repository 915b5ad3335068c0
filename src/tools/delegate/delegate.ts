import { z } from 'zod';
import { isBlank } from '../../core/model/text.ts';
import { findNearest } from '../../util/nearest.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';

/**
 * Creates `delegate`, which gives a task to a new session of another agent. The answer of that session is the
 * result of the call.
 */
export function createDelegateTool(agents: readonly string[]): Tool {
  const args = z.strictObject({
    agent: z.string().describe(`The agent that does it: ${agents.join(', ')}.`),
    task: z
      .string()
      .min(1, { abort: true })
      .refine((text) => !isBlank(text), 'the task must contain visible text')
      .describe(
        'What to do, with everything that is needed to do it: the agent sees nothing else of this conversation.',
      ),
  });
  const tool = defineTool({
    name: 'delegate',
    description:
      'Gives a task to another agent, which works on it in a conversation of its own, and returns its answer. It may take long; several calls at once run in parallel.',
    arguments: args,
    effect: 'write',
    run: async () => toolError('The task was not given to any agent.'),
  });
  return {
    ...tool,
    delegate(input) {
      const { success, data, error } = args.safeParse(input);
      if (!success)
        return `its arguments are invalid: ${error.issues.map(({ message }) => message).join('; ')}`;
      const { agent, task } = data;
      if (agents.includes(agent)) return { agent, text: task };
      const meant = findNearest(agent, agents);
      return `there is no agent "${agent}"; ${meant ? `did you mean "${meant}"?` : `there are ${agents.join(', ')}`}`;
    },
  };
}
