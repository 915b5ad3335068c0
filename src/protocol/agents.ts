import { z } from 'zod';

/** A tool that an agent may use and its model is not offered. */
export const leftOutTool = z.object({ tool: z.string(), why: z.string() });

export type LeftOutBody = z.infer<typeof leftOutTool>;

/** What the model of an agent is offered. */
export const agentTools = z
  .object({
    agent: z.string(),
    model: z.string(),
    tools: z.int().meta({ description: "How many tools the agent's model is offered." }),
    leftOut: z.array(leftOutTool).meta({
      description: "Tools that are not offered, because the agent's provider would refuse the whole request.",
    }),
  })
  .meta({ id: 'AgentTools' });

export type AgentToolsBody = z.infer<typeof agentTools>;
