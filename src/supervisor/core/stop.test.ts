import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const STOP = { type: 'stop_requested', reason: 'SIGTERM', isInterrupt: false } as const;
const INTERRUPT = { type: 'stop_requested', reason: 'SIGINT', isInterrupt: true } as const;
const RESTART = { type: 'ask', request: 0, what: 'restart', reason: 'asked' } as const;

describe('[C8] a stop', () => {
  it('drains the serving generation and ends with 0', () => {
    const story = aServingSupervisor().when(STOP);
    expect(story.of('send')).toMatchObject([{ to: 1, message: { type: 'drain', to: null } }]);
    expect(story.of('notify_stopping')).toHaveLength(1);
    story.exits(1, { code: 0 });
    expect(story.of('finish')).toEqual([{ type: 'finish', exitCode: 0, reason: 'SIGTERM' }]);
    expect(story.phases('2')).toEqual(['wanted', 'draining', 'done']);
  });

  it('[J4] kills every generation when Ctrl-C comes twice, and ends with 130', () => {
    const story = aServingSupervisor().when(INTERRUPT, INTERRUPT);
    expect(story.of('kill')).toEqual([{ type: 'kill', generation: 1 }]);
    story.exits(1, { code: null, signal: 'SIGKILL' });
    expect(story.of('finish')).toMatchObject([{ exitCode: 130 }]);
  });

  it('kills a candidate that has not been told to serve, and fails its handover', () => {
    const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
    const candidate = story.starts();
    story.when(STOP);
    expect(story.of('kill')).toEqual([{ type: 'kill', generation: candidate }]);
    story.exits(candidate, { code: null, signal: 'SIGKILL' });
    expect(story.phases('2')).toEqual(['wanted', 'booting', 'failed']);
    expect(story.state.generations).toMatchObject([{ id: 1, state: 'draining' }]);
  });

  it('lets a candidate that is about to serve do so for 2 s, and drains it then', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    const candidate = story.starts();
    story.becomesReady(candidate).when(STOP);
    expect(story.of('arm_timer')).toEqual([
      { type: 'arm_timer', timer: { kind: 'kill', of: candidate }, ms: 2_000 },
    ]);
    story.says(candidate, { type: 'serving' });
    expect(story.phases('1')).toEqual(['wanted', 'booting', 'ready', 'serving', 'done']);
    expect(story.state.generations).toMatchObject([{ id: candidate, state: 'draining' }]);
  });

  it('answers everything that waits: a check of the file, and a restart that has not begun', () => {
    const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
    const second = story.promotes();
    story
      .says(second, RESTART)
      .says(second, { ...RESTART, request: 1, what: 'reload' })
      .when(STOP);
    expect(story.answers().at(-1)).toEqual({ what: 'refused', message: 'The daemon is stopping: SIGTERM.' });
    expect(story.phases('3')).toEqual(['wanted', 'failed']);
    story.says(second, { ...RESTART, request: 2 });
    expect(story.answers().at(-1)).toMatchObject({ what: 'refused' });
  });

  it('keeps the id of its first request', () => {
    const story = aServingSupervisor().when(STOP);
    story.says(1, { ...RESTART, what: 'stop' });
    expect(story.answers()).toEqual([{ what: 'stop', handover: '2' }]);
  });

  it('does not wait for a socket that is still being bound', () => {
    const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST)).when(STOP);
    expect(story.phases('2')).toEqual(['wanted', 'failed']);
    expect(story.state.task.kind).toBe('stopping');
  });
});
