import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  SupervisorStory,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const RESTART = { type: 'ask', request: 0, what: 'restart', reason: 'asked' } as const;
const SIGHUP = { type: 'reload_requested', reason: 'SIGHUP' } as const;

describe('[C9] requests', () => {
  it('are fulfilled by the cold start under way, while none of its generations serves', () => {
    const story = aServingSupervisor().exits(1).when({ type: 'good_revision_restored', good: null });
    story.when(SIGHUP).exits(story.starts()).when({ type: 'good_revision_restored', good: null });
    story.finds(unchanged(FIRST)).finds(unchanged(FIRST)).promotes();
    expect(story.of('reserve_report', story.all)).toEqual([]);
    expect(story.state.task).toEqual({ kind: 'none' });
  });

  it('that wait for a draining generation are fulfilled by the cold start after a crash', () => {
    const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
    const serving = story.promotes();
    story.says(serving, { ...RESTART, request: 1 });
    story.exits(serving).when({ type: 'good_revision_restored', good: null });
    expect(story.of('open_report', story.all).at(-1)?.report).toMatchObject({ id: '3', cause: 'crash' });
    story.finds(unchanged(FIRST)).promotes();
    expect(story.phases('3').at(-1)).toBe('done');
  });

  it('for a change join a handover that is pending, and one of them may try a failed content again', () => {
    const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
    const serving = story.promotes();
    story.when({ type: 'file_changed' }).finds(change(content('next'), 'handover'));
    expect(story.state.requests.handover).toMatchObject({ cause: 'config', again: false });
    story.says(serving, { ...RESTART, request: 1, by: 'operator' });
    expect(story.state.requests.handover).toMatchObject({ id: '3', cause: 'config', again: true });
  });

  it('by SIGHUP restart the daemon when the file changes nothing', () => {
    const story = aServingSupervisor().when(SIGHUP).finds(unchanged(FIRST));
    expect(story.state.task).toMatchObject({ kind: 'handover', request: { cause: 'signal', again: true } });
  });

  it('by SIGHUP need no restart when the file brings one', () => {
    const story = aServingSupervisor()
      .when(SIGHUP)
      .finds(change(content('next'), 'handover'));
    expect(story.state.task).toMatchObject({ kind: 'handover', request: { cause: 'config' } });
  });

  it('from before the first generation are handled before it is started', () => {
    const story = new SupervisorStory().when({ type: 'file_changed' });
    expect(story.of('check_file')).toHaveLength(1);
    expect(story.of('acquire_socket')).toEqual([]);
    story.finds(unchanged(FIRST)).when({ type: 'started' });
    expect(story.of('acquire_socket', story.all)).toHaveLength(1);
  });

  it('of a client name who asked in the notice to the next generation', () => {
    const story = aServingSupervisor()
      .says(1, { ...RESTART, by: 'ops' })
      .finds(unchanged(FIRST));
    const candidate = story.starts();
    story.becomesReady(candidate);
    expect(story.of('send')).toMatchObject([{ message: { type: 'serve', notice: { by: 'ops' } } }]);
  });
});
