import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const RESTART = { type: 'ask', request: 0, what: 'restart', reason: 'asked' } as const;

/** A supervisor in a restart whose candidate has been started; its number is returned as well. */
function inRestart() {
  const story = aServingSupervisor().says(1, RESTART).finds(unchanged(FIRST));
  return { story, candidate: story.starts() };
}

describe('a handover', () => {
  it('[C1] starts a candidate beside the serving generation, which drains when the candidate serves', () => {
    const { story, candidate } = inRestart();
    expect(story.answers()).toEqual([{ what: 'restart', handover: '2' }]);
    story.becomesReady(candidate).says(candidate, { type: 'serving' });
    expect(story.of('adopt_socket')).toEqual([{ type: 'adopt_socket', attempt: candidate }]);
    expect(story.of('send')).toMatchObject([
      { to: 1, message: { type: 'drain', cap: 1_000, to: candidate } },
    ]);
    expect(story.state.generations.map(({ state }) => state)).toEqual(['draining', 'serving']);
    story.exits(1, { code: 0 });
    expect(story.phases('2')).toEqual(['wanted', 'booting', 'ready', 'serving', 'draining', 'done']);
  });

  it('[C9] is joined by restarts until its candidate is ready; later ones lead to one more', () => {
    const { story, candidate } = inRestart();
    story.says(1, { ...RESTART, request: 1 }).becomesReady(candidate);
    story.says(1, { ...RESTART, request: 2 }).says(1, { ...RESTART, request: 3 });
    const ids = story.answers().map((answer) => 'handover' in answer && answer.handover);
    expect(ids).toEqual(['2', '2', '3', '3']);
    expect(story.of('reserve_report', story.all).map(({ report }) => report.id)).toEqual(['2', '3']);
  });

  it('waits until the generation of the handover before has ended', () => {
    const { story, candidate } = inRestart();
    story.becomesReady(candidate).says(candidate, { type: 'serving' }).says(candidate, RESTART);
    expect(story.state.task).toEqual({ kind: 'none' });
    story.exits(1, { code: 0 });
    expect(story.state.task).toMatchObject({ kind: 'handover', step: 'checking' });
  });

  it('[C10] that fails leaves the serving generation as it is, and its revision is rejected', () => {
    const story = aServingSupervisor().when({ type: 'file_changed' });
    const found = change(content('next'), 'handover');
    story.finds(found).finds(found);
    story.exits(story.starts(), { code: 7 });
    expect(story.phases('2')).toEqual(['wanted', 'booting', 'failed']);
    expect(story.logged()).toEqual(['handover:failed', 'config:failed']);
    expect(story.state.config.active.number).toBe(1);
    expect(story.state.config.file.problem?.message).toBe(
      'revision 2 was given up: the new generation exited with code 7',
    );
    expect(story.of('discard_socket')).toHaveLength(1);
  });

  it('[C10] fails with the reason when its address cannot be bound', () => {
    const story = aServingSupervisor().when({ type: 'file_changed' });
    const found = change(content('next', { listen: 'taken' }), 'handover');
    story.finds(found).finds(found);
    story.when({ type: 'socket_acquired', attempt: story.attempt(), failure: 'address in use' });
    expect(story.phases('2')).toEqual(['wanted', 'failed']);
    expect(story.of('start_generation', story.all)).toHaveLength(1);
  });

  it('uses the newest content of the file, and needs none when the change was taken back', () => {
    const story = aServingSupervisor().when({ type: 'file_changed' });
    story.finds(change(content('next'), 'handover')).finds(unchanged(FIRST));
    expect(story.phases('2')).toEqual(['wanted', 'failed']);
    expect(story.state.task).toEqual({ kind: 'none' });
  });

  it('[E5] applies a file that is saved meanwhile ahead, once for each save', () => {
    const { story } = inRestart();
    story.when({ type: 'file_changed' }).finds(change(content('next'), 'live'));
    expect(story.of('apply_config')).toMatchObject([{ to: [1], revision: { number: 2 } }]);
    expect(story.state.check).toBeNull();
    expect(story.state.requests.checks).toHaveLength(1);
  });

  it('ignores "serving" from a candidate that was killed for being late', () => {
    const { story, candidate } = inRestart();
    story.becomesReady(candidate).fires('boot', candidate).says(candidate, { type: 'serving' });
    expect(story.state.generations.map(({ state }) => state)).toEqual(['serving', 'starting']);
    story.exits(candidate, { code: null, signal: 'SIGKILL' });
    expect(story.of('write_report')[0]?.report.failure).toBe(
      'the new generation was killed: it did not serve within 30000 ms',
    );
  });

  it('is completed by its candidate when the serving generation crashes, which has to hurry', () => {
    const { story, candidate } = inRestart();
    story.exits(1).when({ type: 'good_revision_restored', good: null });
    expect(story.of('arm_timer', story.all).at(-1)).toMatchObject({ timer: { kind: 'boot' }, ms: 5_000 });
    story.becomesReady(candidate).says(candidate, { type: 'serving' });
    expect(story.phases('2')).toEqual(['wanted', 'booting', 'ready', 'serving', 'done']);
  });

  it('reports an upgrade when the candidate has another version', () => {
    const { story, candidate } = inRestart();
    story.says(candidate, { type: 'ready', generation: 2, version: '2.0.0' });
    expect(story.of('write_report')[0]?.report).toMatchObject({
      ...{ cause: 'upgrade', reason: 'asked (version 1.0.0 → 2.0.0)' },
    });
  });

  it('checks the file again when the serving generation crashes during the check', () => {
    const story = aServingSupervisor().says(1, RESTART);
    const { check } = story.state;
    story.exits(1).when({ type: 'good_revision_restored', good: null });
    story.when({ type: 'file_checked', check: check?.id ?? 0, finding: unchanged(FIRST) });
    expect(story.state.task).toMatchObject({ kind: 'handover', step: 'checking' });
    story.finds(unchanged(FIRST)).promotes();
    expect(story.state.task).toEqual({ kind: 'none' });
  });
});
