import { expect, it } from 'vitest';
import {
  aServingSupervisor,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../test/support/supervisor-story.ts';
import { describeDaemon, describeFleet } from './describe.ts';

const BROKEN = { what: 'broken', content: 'x', message: 'line 1: expected ":"', problems: [] } as const;

it('[E7] a daemon whose file is broken is degraded, with the reason', () => {
  const story = aServingSupervisor()
    .when({ type: 'file_changed' })
    .finds({ ...BROKEN, problems: [] });
  expect(story.effects[0]).toEqual({ type: 'publish_state' });
  expect(describeDaemon(story.state, 'normal')).toMatchObject({
    ...{ mode: 'degraded', reasons: ['Revision 1 is still active: line 1: expected ":"'] },
    revision: { number: 1, state: 'trial' },
  });
  story.when({ type: 'file_changed' }).finds(unchanged(FIRST));
  expect(describeDaemon(story.state, 'normal')).toMatchObject({ mode: 'normal', reasons: [] });
});

it('[E9] a daemon without a usable configuration says that no session runs until the file is fixed', () => {
  const story = new SupervisorStory({ canRunSessions: false }).when({ type: 'started' });
  story.promotes();
  story.when({ type: 'file_changed' }).finds({ ...BROKEN, problems: [] });
  expect(describeDaemon(story.state, 'rescue').reasons).toEqual([
    'No session runs until the file is fixed: line 1: expected ":"',
  ]);
});

it('a fleet is described oldest first, with the process that serves', () => {
  const story = aServingSupervisor();
  story.says(1, { type: 'ask', request: 0, what: 'restart', reason: 'asked' }).finds(unchanged(FIRST));
  const candidate = story.starts();
  expect(story.effects.at(-1)).toEqual({ type: 'write_status' });
  expect(describeFleet(story.state)).toEqual({
    ...{ generationPid: 1, serving: 1, hasCandidate: true },
    generations: [
      { pid: 1, generation: 1, state: 'serving' },
      { pid: candidate, generation: null, state: 'booting' },
    ],
  });
});
