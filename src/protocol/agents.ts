import { z } from 'zod';

/** Schema of a tool that an agent may use but whose model is not offered it. */
export const leftOutTool = z.object({ tool: z.string(), why: z.string() });

export type LeftOutBody = z.infer<typeof leftOutTool>;

/** Schema of the tools that an agent's model is offered. */
export const agentToolList = z
  .object({
    agent: z.string(),
    model: z.string(),
    tools: z.int().meta({ description: "Number of tools that the agent's model is offered." }),
    leftOut: z.array(leftOutTool).meta({
      description:
        "Tools that are not offered, because the agent's provider would refuse a request that has them.",
    }),
  })
  .meta({ id: 'AgentTools' });

export type AgentToolsBody = z.infer<typeof agentToolList>;
