import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../../test/support/supervisor-story.ts';

const RELOAD = { type: 'ask', request: 0, what: 'reload', reason: 'asked' } as const;
const MISSING = { what: 'missing', file: 'midturn.jsonc', defaults: null } as const;
const broken = (name: string) => ({ what: 'broken' as const, content: name, message: name, problems: [] });

describe('[E7] a broken file', () => {
  it('changes nothing and is logged once for each content', () => {
    const story = aServingSupervisor().says(1, RELOAD).finds(broken('a'));
    expect(story.logged()).toEqual(['config:broken', 'config:looked']);
    expect(story.answers()).toEqual([{ what: 'refused', message: 'a' }]);
    expect(story.says(1, RELOAD).finds(broken('a')).logged()).toEqual(['config:looked']);
    expect(story.says(1, RELOAD).finds(broken('b')).logged()).toContain('config:broken');
    expect(story.state.config.active.number).toBe(1);
  });

  it('does not turn SIGHUP into a restart, unless no session runs anyway', () => {
    const story = aServingSupervisor().when({ type: 'reload_requested', reason: 'SIGHUP' });
    expect(story.finds(broken('a')).state.requests.handover).toBeNull();
    const rescue = aServingSupervisor({ canRunSessions: false });
    rescue.when({ type: 'reload_requested', reason: 'SIGHUP' }).finds(broken('a'));
    expect(rescue.state.task).toMatchObject({ kind: 'handover', request: { cause: 'signal' } });
  });
});

describe('[E16] a missing file', () => {
  it('changes nothing and is logged once', () => {
    const story = aServingSupervisor().says(1, RELOAD).finds(MISSING);
    expect(story.logged()).toEqual(['config:gone', 'config:looked']);
    expect(story.says(1, RELOAD).finds(MISSING).logged()).toEqual(['config:looked']);
    expect(story.state.config.file.isMissing).toBe(true);
    expect(story.says(1, RELOAD).finds(unchanged(FIRST)).state.config.file.isMissing).toBe(false);
  });

  it('is no problem for a home that runs with the defaults', () => {
    const story = aServingSupervisor();
    const { config } = story.state;
    story.state = { ...story.state, config: { ...config, active: { ...config.active, origin: 'default' } } };
    story.says(1, RELOAD).finds(MISSING);
    expect(story.answers()).toMatchObject([{ what: 'reload', applied: 'none' }]);
  });

  it('is replaced by the defaults when a restart is requested and nothing else is usable', () => {
    const story = aServingSupervisor({ canRunSessions: false });
    story.says(1, { ...RELOAD, what: 'restart' });
    expect(story.of('check_file')).toMatchObject([{ wantsDefaults: true }]);
    const defaults = change(content('defaults'), 'handover');
    if (defaults.what !== 'valid') throw new Error('not a content');
    story.finds({ ...MISSING, defaults: { ...defaults, origin: 'default' } }).promotes();
    expect(story.state.config).toMatchObject({
      ...{ canRunSessions: true, active: { number: 2, origin: 'default' } },
    });
  });
});

describe('[E2] the same meaning in other words', () => {
  it('keeps the revision and takes over the text', () => {
    const text = content('first');
    const story = aServingSupervisor().says(1, RELOAD).finds(unchanged(text));
    expect(story.of('refresh_revision')).toEqual([{ type: 'refresh_revision', number: 1, content: text }]);
    expect(story.of('apply_config')).toEqual([]);
    expect(story.state.config.active.content).toBe(text);
  });

  it('is sent to the generations when the file means again what runs instead of it', () => {
    const story = aServingSupervisor();
    const { config } = story.state;
    const active = { ...config.active, origin: 'last-known-good' as const };
    story.state = { ...story.state, config: { ...config, active } };
    story.says(1, RELOAD).finds(unchanged(FIRST));
    expect(story.of('apply_config')).toMatchObject([{ to: [1], revision: { origin: 'file' } }]);
  });
});

it('[E9] a file that can be used again ends rescue mode with a handover, although no key differs', () => {
  const story = new SupervisorStory({ canRunSessions: false }).when({ type: 'started' });
  story.promotes();
  story.when({ type: 'file_changed' }).finds(unchanged(FIRST));
  expect(story.state.task).toMatchObject({ kind: 'handover', request: { cause: 'config' } });
});

it('[E10] a content that has failed is tried again by a restart only', () => {
  const story = aServingSupervisor().when({ type: 'file_changed' });
  const found = change(content('next'), 'handover');
  story.finds(found).finds(found);
  story.exits(story.starts(), { code: 7 });
  const failed = change(content('next'), 'handover', { last: 2, state: 'failed' });
  story.when({ type: 'file_changed' }).finds(broken('a')).when({ type: 'file_changed' }).finds(failed);
  expect(story.state.task).toEqual({ kind: 'none' });
  expect(story.state.config.file.problem?.message).toContain('revision 2 was given up');
  story.says(1, { ...RELOAD, what: 'restart' }).finds(failed);
  expect(story.of('mark_revision')).toEqual([{ type: 'mark_revision', number: 2, state: 'trial' }]);
  story.promotes();
  expect(story.state.config).toMatchObject({ active: { number: 2 }, file: { problem: null } });
});
