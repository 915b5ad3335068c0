import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../../test/support/supervisor-story.ts';

const RESTART = { type: 'ask', request: 0, what: 'restart', reason: 'asked' } as const;

/** A supervisor whose generation 1 drains, and whose other one serves. */
function afterRestart() {
  const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
  return { story, serving: story.promotes() };
}

describe('a generation', () => {
  it('is probed three times before it may serve', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    const generation = story.starts();
    story.says(generation, { type: 'ready', generation: 1, version: '1.0.0' });
    for (const probes of [1, 2]) {
      story.when({ type: 'probe_finished', generation, fault: null });
      expect(story.of('probe'), `after ${probes}`).toHaveLength(1);
    }
    story.when({ type: 'probe_finished', generation, fault: null });
    expect(story.of('send')).toMatchObject([{ message: { type: 'serve', alive: [], served: false } }]);
  });

  it('is killed when a probe before it serves fails', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    const generation = story.starts();
    story.says(generation, { type: 'ready', generation: 1, version: '1.0.0' });
    story.when({ type: 'probe_finished', generation, fault: 'it is ill' });
    expect(story.of('kill')).toHaveLength(1);
    story.exits(generation, { code: null, signal: 'SIGKILL' });
    expect(story.state.fallBack?.exit.end).toBe('was killed: its health check failed, it is ill');
  });

  it('is killed while it serves after failed probes in a row, fewer of them on trial', () => {
    const story = aServingSupervisor();
    const fails = () => story.when({ type: 'probe_finished', generation: 1, fault: 'it is ill' });
    fails();
    expect(story.of('arm_timer')).toMatchObject([{ timer: { kind: 'health', of: 1 }, ms: 1_000 }]);
    story.fires('health', 1);
    fails().when({ type: 'probe_finished', generation: 1, fault: null });
    for (let failed = 1; failed <= 2; failed += 1) expect(fails().of('kill')).toEqual([]);
    expect(fails().of('kill')).toHaveLength(1);
  });

  it('is killed some time after it has closed its channel, unless it drains', () => {
    const { story, serving } = afterRestart();
    story.when({ type: 'channel_closed', generation: 1 });
    expect(story.effects).toEqual([]);
    story.when({ type: 'channel_closed', generation: serving }).fires('kill', serving);
    expect(story.of('kill')).toEqual([{ type: 'kill', generation: serving }]);
  });

  it('learns what becomes of the sessions of earlier ones, and an earlier one learns nothing', () => {
    const { story, serving } = afterRestart();
    story.says(1, { type: 'left', sessions: [] });
    expect(story.of('send')).toEqual([
      { type: 'send', to: serving, message: { type: 'left', generation: 1 } },
    ]);
    expect(story.of('report_sessions')).toMatchObject([{ report: '2' }]);
    story.says(1, { type: 'moved', session: 's', how: 'boundary', cut: [] });
    expect(story.of('send')).toMatchObject([{ to: serving, message: { type: 'moved', session: 's' } }]);
    story.says(serving, { type: 'poke', session: 's' });
    expect(story.of('send')).toEqual([]);
    story.exits(1, { code: 0 });
    expect(story.of('send')).toMatchObject([{ to: serving, message: { type: 'gone', generation: 1 } }]);
  });

  it('reports what it resumes in the handover that it arrived with', () => {
    const { story, serving } = afterRestart();
    story.says(serving, { type: 'resumed', session: 's' });
    expect(story.of('report_sessions')).toMatchObject([{ report: '2', message: { session: 's' } }]);
  });

  it('cannot harm the supervisor with messages out of place, or after its end', () => {
    const story = new SupervisorStory().when({ type: 'started' });
    const generation = story.starts();
    const before = story.state;
    story.says(generation, { type: 'serving' }).says(generation, { type: 'applied', revision: 99 });
    story.says(generation + 7, { type: 'ready', generation: 1, version: '' });
    expect(story.state).toBe(before);
  });
});
