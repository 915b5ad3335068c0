import { expect, it } from 'vitest';
import { checkConfig } from '../config/check/check.ts';
import { createSkillCatalog, type SkillCatalog } from '../tools/skills/shelf.ts';
import { resolveHome } from '../util/home.ts';
import { resolveSettings } from './settings.ts';

const shelf: SkillCatalog = {
  ...createSkillCatalog(() => {}),
  readFolder: async (folder) => ({
    skills: new Map([['a', { name: 'a', description: `In ${folder}.`, body: '' }]]),
    broken: new Map(),
  }),
};

function agentOf(agent: object) {
  const source = JSON.stringify({ agents: { main: { model: 'scripted/echo', ...agent } } });
  const { config } = checkConfig(source, { home: resolveHome('/srv/midturn'), env: {} });
  const settings = resolveSettings(config, 1, shelf).agent('main');
  if (!settings) throw new Error('no agent');
  return settings;
}

it('an agent with skills is told about them and may read them, whatever its list of tools', async () => {
  const agent = agentOf({ instructions: 'Be kind.', skills: 'skills', tools: ['shell'] });
  expect(await agent.instructions()).toMatch(
    /^Be kind\.\n\n# Skills[\s\S]*- a: In \/srv\/midturn\/skills\.$/,
  );
  expect(agent.permissions.mayUse('read_skill')).toBe(true);
  expect(agent.permissions.mayUse('read_file')).toBe(false);
});

it('an agent without skills, or one that must not read them, is not told about them', async () => {
  for (const skills of [{}, { skills: 'skills', tools: { read_skill: 'deny' } }]) {
    const agent = agentOf({ instructions: 'Be kind.', ...skills });
    expect(await agent.instructions()).toBe('Be kind.');
    expect(agent.permissions.mayUse('read_skill')).toBe(false);
    expect(agent.permissions.mayUse('read_file')).toBe(true);
  }
});

it('reserves the tokens of the answer, and compacts with the model of the agent by default', () => {
  expect(agentOf({}).compaction).toEqual({
    window: 128_000,
    limit: 102_400,
    keepTurns: 4,
    model: 'scripted/echo',
  });
  const compaction = { window: 10_000, at: 0.9, keepTurns: 2, model: 'scripted/echo' };
  expect(agentOf({ compaction }).compaction).toMatchObject({ window: 10_000, limit: 9_000, keepTurns: 2 });
  expect(agentOf({ compaction, maxOutputTokens: 4_000 }).compaction.limit).toBe(6_000);
});

it('an agent with tools may read their stored outputs, whatever its list of tools', () => {
  expect(agentOf({ tools: ['shell'] }).permissions.mayUse('read_output')).toBe(true);
  expect(agentOf({ tools: { '*': 'deny', shell: 'allow' } }).permissions.mayUse('read_output')).toBe(true);
  expect(agentOf({ tools: { read_output: 'deny' } }).permissions.mayUse('read_output')).toBe(false);
  expect(agentOf({ tools: [] }).permissions.mayUse('read_output')).toBe(false);
});
