import { expect, it } from 'vitest';
import { describeMcpServers } from './left-out.ts';

const why = 'the provider takes 128 tools, and the agent has 130';

it('shows a server with those of its tools that some agents are not offered', () => {
  const mcp = {
    status: () => [
      { server: 'a', state: 'ready' as const, tools: 2 },
      { server: 'b', state: 'ready' as const, tools: 1 },
    ],
  };
  const leftOut = [
    { tool: 'mcp__a__one', why },
    { tool: 'shell', why },
  ];
  const agents = [
    { agent: 'main', model: 'p/m', tools: 128, leftOut },
    { agent: 'other', model: 'q/m', tools: 130, leftOut: [] },
  ];
  expect(describeMcpServers(mcp, agents)).toEqual([
    { server: 'a', state: 'ready', tools: 2, leftOut: [{ agent: 'main', tool: 'mcp__a__one', why }] },
    { server: 'b', state: 'ready', tools: 1 },
  ]);
});
