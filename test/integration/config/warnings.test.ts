import { expect, it } from 'vitest';
import { startTestDaemon, waitForLogLine } from '../../crash/stage.ts';
import { midturn, temporaryHome } from '../cli/midturn.ts';

const main = { model: 'scripted/echo', tools: { shel: 'deny' } };
const WARNING = 'agents.main.tools.shel: names no existing tool: "shel"; did you mean "shell"?';

it('a rule that names no tool is a warning in the status, the log, the plan and the check', async (t) => {
  const daemon = await startTestDaemon(t, { agents: { main } });
  const { client, home } = daemon;
  const about = { path: 'agents.main.tools.shel', hint: 'did you mean "shell"?' };
  await waitForLogLine(daemon, { msg: 'config:warning', level: 'warn', ...about });
  expect(await client.getStatus()).toMatchObject({ mode: 'normal', config: { warnings: [about] } });
  const patch = { agents: { main: { tools: { 'mcp__githb__*': 'ask' } } } };
  expect(await client.config.plan({ patch })).toMatchObject({
    warnings: [about, { path: 'agents.main.tools["mcp__githb__*"]' }],
  });
  const run = async (...args: string[]) => (await midturn(home.root, args)).stdout;
  for (const args of [['status'], ['config', 'check'], ['config', 'plan', home.config]]) {
    expect([args, await run(...args)]).toEqual([args, expect.stringContaining(WARNING)]);
  }
});

it('beside "*": "allow" it is an error', async () => {
  const tools = { '*': 'allow', Shell: 'deny' };
  const home = temporaryHome({ agents: { main: { ...main, tools } } });
  const found = await midturn(home, ['config', 'check']);
  expect(found).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('names no existing tool: "Shell"; did you mean "shell"?'),
  });
});
