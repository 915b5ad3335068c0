import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const CRASHES = { code: 7 };

/** A supervisor whose first `count` generations crashed at boot. */
function crashedAtBoot(count: number): SupervisorStory {
  const story = new SupervisorStory().when({ type: 'started' });
  for (let crash = 1; crash <= count; crash += 1) {
    if (story.state.task.kind === 'cold_start' && story.state.task.pause === 'running')
      story.fires('pause', story.attempt());
    story.exits(story.starts(), CRASHES).when({ type: 'good_revision_restored', good: null });
  }
  return story;
}

describe('a cold start', () => {
  it('binds the configured address, starts a generation and writes one report', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    expect(story.of('acquire_socket')).toMatchObject([{ listen: 'here', orPresent: true }]);
    story.promotes();
    expect(story.phases('1')).toEqual(['wanted', 'booting', 'ready', 'serving', 'done']);
    expect(story.of('open_report', story.all)[0]?.report).toMatchObject({ cause: 'start', from: null });
    expect(story.state.task).toEqual({ kind: 'none' });
  });

  it('[J3] follows a crash at once, and names how the generation ended', () => {
    const story = aServingSupervisor().exits(1).when({ type: 'good_revision_restored', good: null });
    expect(story.of('open_report')[0]?.report).toMatchObject({
      ...{ cause: 'crash', from: 1, reason: 'generation 1 exited with code 9', killed: true },
    });
    expect(story.of('acquire_socket')).toHaveLength(1);
  });

  it('[J3] pauses after repeated crashes, and ends its pause with the timer', () => {
    const story = crashedAtBoot(2);
    expect(story.of('arm_timer')).toMatchObject([{ timer: { kind: 'pause' }, ms: 200 }]);
    story.fires('pause', story.attempt() - 1);
    expect(story.of('acquire_socket')).toEqual([]);
    story.fires('pause', story.attempt());
    expect(story.of('acquire_socket')).toHaveLength(1);
  });

  it('[J3] starts in rescue mode after five crashes, until a restart is requested', () => {
    const story = crashedAtBoot(5);
    story.fires('pause', story.attempt()).starts();
    expect(story.of('start_generation', story.all).at(-1)).toMatchObject({ mode: 'rescue' });
    const generation = story.attempt();
    story.becomesReady(generation).says(generation, { type: 'serving' });
    story.says(generation, { type: 'ask', request: 0, what: 'restart', reason: 'fixed' });
    story.finds(unchanged(FIRST)).promotes();
    expect(story.state.crashes.record.rescue).toBe(false);
    expect(story.state.generations.at(-1)).toMatchObject({ mode: 'normal', state: 'serving' });
  });

  it('[J6] ends the supervisor with 78 when the first generation refuses the store', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    story.exits(story.starts(), { code: 78, store: 'unusable' });
    story.when({ type: 'good_revision_restored', good: null });
    expect(story.of('finish')).toEqual([
      { type: 'finish', exitCode: 78, reason: 'the generation exited with code 78' },
    ]);
  });

  it('[J9] retries while the store is unavailable, without blaming the configuration', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    story.exits(story.starts(), { code: 75, store: 'unavailable' });
    expect(story.of('restore_good_revision', story.all)).toEqual([]);
    expect(story.state.crashes.record).toMatchObject({ quick: 0, outages: 1 });
  });

  it('ends its pause for a changed file, whose address is opened first', () => {
    const story = crashedAtBoot(3).when({ type: 'file_changed' });
    story.finds(change(content('next', { listen: 'there' }), 'handover'));
    expect(story.of('open_address')).toMatchObject([{ listen: 'there' }]);
    story.when({ type: 'address_opened', attempt: story.attempt(), failure: null });
    expect(story.state.config.active.number).toBe(2);
    expect(story.of('acquire_socket')).toMatchObject([{ listen: 'there' }]);
    expect(story.state.crashes.record.quick).toBe(0);
  });

  it('keeps the active revision when the address of a changed file is taken, and waits again', () => {
    const story = crashedAtBoot(3).when({ type: 'file_changed' });
    story.finds(change(content('next', { listen: 'taken' }), 'handover'));
    story.when({ type: 'address_opened', attempt: story.attempt(), failure: 'address in use' });
    expect(story.state.config.active.number).toBe(1);
    expect(story.state.config.file.problem?.message).toContain('address in use');
    expect(story.of('arm_timer')).toMatchObject([{ timer: { kind: 'pause' } }]);
  });

  it('discards a socket that arrives after it was given up', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    const attempt = story.attempt();
    story.when({ type: 'stop_requested', reason: 'SIGTERM', isInterrupt: false });
    expect(story.of('finish')).toHaveLength(1);
    story.when({ type: 'socket_acquired', attempt, failure: null });
    expect(story.effects).toEqual([{ type: 'discard_socket', attempt }]);
  });
});

describe('requests during a cold start', () => {
  const RELOAD = { type: 'reload_requested', reason: 'SIGHUP' } as const;

  it('by SIGHUP end its pause, and their changed file is opened at once', () => {
    const story = crashedAtBoot(3).when(RELOAD);
    story.finds(unchanged(FIRST)).finds(change(content('next'), 'handover'));
    story.when({ type: 'address_opened', attempt: story.attempt(), failure: null });
    expect(story.of('acquire_socket')).toHaveLength(1);
    expect(story.state.config.active.number).toBe(2);
  });

  it('are refused when the daemon stops while an address is opened, and a late result is ignored', () => {
    const story = crashedAtBoot(3).when({ type: 'file_changed' });
    story.finds(change(content('next'), 'handover'));
    const attempt = story.attempt();
    story.when({ type: 'stop_requested', reason: 'SIGTERM', isInterrupt: false });
    expect(story.of('finish')).toHaveLength(1);
    expect(story.when({ type: 'address_opened', attempt, failure: null }).effects).toEqual([]);
    expect(story.phases('1').at(-1)).toBe('failed');
  });

  it('lead out of rescue mode with one more start, because the rescue generation has begun to serve', () => {
    const story = crashedAtBoot(5);
    story.fires('pause', story.attempt());
    const generation = story.starts();
    story.when(RELOAD).becomesReady(generation).says(generation, { type: 'serving' });
    story.finds(unchanged(FIRST)).finds(unchanged(FIRST));
    expect(story.of('acquire_socket')).toHaveLength(1);
    expect(story.state.task).toMatchObject({ kind: 'handover' });
  });
});
