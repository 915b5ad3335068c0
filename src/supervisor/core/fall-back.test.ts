import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const GOOD = { type: 'good_revision_restored', good: { number: 1, content: FIRST, keys: ['key'] } } as const;

/** A supervisor that runs revision 2 on trial; revision 1 is good. */
function onTrial() {
  const story = aServingSupervisor().fires('trial', 1).when({ type: 'file_changed' });
  return story
    .finds(change(content('next', { trial: 5_000 }), 'live'))
    .says(1, { type: 'applied', revision: 2 });
}

describe('[E10] a revision on trial', () => {
  it('is good when its time is over', () => {
    const story = onTrial().fires('trial', 1);
    expect(story.state.config.active.state).toBe('trial');
    story.fires('trial', 2);
    expect(story.state.config.active).toMatchObject({ number: 2, state: 'good' });
    expect(story.of('mark_revision')).toEqual([{ type: 'mark_revision', number: 2, state: 'good' }]);
  });

  it('gives way to the last good one when its generation crashes, at once', () => {
    const story = onTrial().exits(1);
    expect(story.of('acquire_socket')).toEqual([]);
    story.when({ ...GOOD, good: { ...GOOD.good, keys: ['key'] } });
    expect(story.state.config.active).toMatchObject({ number: 1, origin: 'last-known-good', keys: ['key'] });
    expect(story.state.config.file.problem?.message).toBe(
      'revision 2 was given up: its generation exited with code 9',
    );
    expect(story.state.crashes.record.quick).toBe(0);
    expect(story.of('acquire_socket')).toHaveLength(1);
  });

  it('stays when there is no other one', () => {
    const story = onTrial().exits(1).when({ type: 'good_revision_restored', good: null });
    expect(story.state.config.active.number).toBe(2);
    expect(story.state.crashes.record.quick).toBe(1);
  });

  it('is given up in the candidate of a restart as well', () => {
    const story = onTrial().when({ type: 'reload_requested', reason: 'SIGHUP' });
    const active = story.state.config.active.content;
    story.finds(unchanged(active)).finds(unchanged(active));
    const candidate = story.starts();
    story.exits(1).when({ ...GOOD, good: { ...GOOD.good, keys: [] } });
    expect(story.of('kill')).toEqual([{ type: 'kill', generation: candidate }]);
    story.exits(candidate, { code: null, signal: 'SIGKILL' });
    expect(story.state.task).toMatchObject({ kind: 'cold_start', revision: { number: 1 } });
  });

  it('is on trial again when the candidate of a restart serves before the good one is known', () => {
    const story = onTrial().when({ type: 'reload_requested', reason: 'SIGHUP' });
    const active = story.state.config.active.content;
    story.finds(unchanged(active)).finds(unchanged(active));
    const candidate = story.starts();
    story.becomesReady(candidate).exits(1).says(candidate, { type: 'serving' });
    story.when({ ...GOOD, good: { ...GOOD.good, keys: [] } });
    expect(story.state.config).toMatchObject({ active: { number: 2, state: 'trial' }, trialRuns: true });
  });

  it('is given up in a restart that still waits for its socket', () => {
    const story = onTrial().when({ type: 'reload_requested', reason: 'SIGHUP' });
    const active = story.state.config.active.content;
    story.finds(unchanged(active)).finds(unchanged(active));
    const attempt = story.attempt();
    story.exits(1).when({ ...GOOD, good: { ...GOOD.good, keys: [] } });
    story.when({ type: 'socket_acquired', attempt, failure: null });
    expect(story.of('discard_socket')).toEqual([{ type: 'discard_socket', attempt }]);
    expect(story.of('start_generation', story.all)).toHaveLength(1);
  });
});
