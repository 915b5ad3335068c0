import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveHome } from '../../util/home.ts';
import { checkConfig } from '../check/check.ts';
import { CONFIG_TEMPLATE } from './template.ts';

const home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-template-')));
afterAll(() => rmSync(home.root, { recursive: true }));

describe('the template of a new configuration', () => {
  it('is valid as it is', () => {
    const { config } = checkConfig(CONFIG_TEMPLATE, { home, env: {} });
    expect(config.agents['main']).toMatchObject({ model: 'scripted/echo' });
  });

  it('is valid with every example in it uncommented', () => {
    const all = CONFIG_TEMPLATE.replaceAll(/^( *)\/\/ (?=["}]| {2})/gm, '$1');
    expect(all).not.toBe(CONFIG_TEMPLATE);
    const { config } = checkConfig(all, { home, env: { ANTHROPIC_API_KEY: 'a-key-of-a-test' } });
    expect(Object.keys(config.providers)).toEqual(expect.arrayContaining(['anthropic', 'local']));
    expect(Object.keys(config.schedules)).toEqual(['morning']);
  });
});
