import { describe, expect, it } from 'vitest';
import {
  aServingSupervisor,
  change,
  content,
  FIRST,
  unchanged,
} from '../../../test/support/supervisor-story.ts';

const RELOAD = { type: 'ask', request: 7, what: 'reload', reason: 'asked' } as const;

/** A supervisor that waits for its generation to apply revision 2. */
function inLiveChange() {
  return aServingSupervisor()
    .says(1, RELOAD)
    .finds(change(content('next', { trial: 5_000 }), 'live'));
}

describe('[E4] a live change', () => {
  it('is in force when the serving generation has applied it', () => {
    const story = inLiveChange();
    expect(story.of('apply_config')).toMatchObject([{ to: [1], revision: { number: 2 } }]);
    story.says(1, { type: 'applied', revision: 2 });
    expect(story.state.config).toMatchObject({ active: { number: 2, state: 'trial' }, trialRuns: true });
    expect(story.of('mark_revision')).toMatchObject([{ number: 1, state: 'replaced' }]);
    expect(story.answers()).toEqual([
      { what: 'reload', revision: 2, applied: 'live', handover: null, keys: ['key'] },
    ]);
  });

  it('waits only for the answer to its own revision, from the generation that was asked', () => {
    const story = inLiveChange().says(1, { type: 'applied', revision: 1 });
    expect(story.state.task.kind).toBe('live_change');
  });

  it.each([
    ['is refused', (story: ReturnType<typeof inLiveChange>) => story.says(1, REFUSED), 'it does not like it'],
    [
      'gets no answer',
      (story: ReturnType<typeof inLiveChange>) =>
        story.fires('apply', story.state.task.kind === 'live_change' ? story.state.task.id : 0),
      'the generation did not answer within 10 s',
    ],
  ])('that %s is taken back, and not tried again', (_, happens, reason) => {
    const story = happens(inLiveChange());
    expect(story.of('apply_config')).toMatchObject([{ revision: { number: 1 } }]);
    expect(story.answers()).toEqual([{ what: 'refused', message: reason }]);
    expect(story.state.config.file.problem?.message).toBe(`revision 2 was not applied: ${reason}`);
    story.says(1, RELOAD).finds(change(content('next'), 'live', { last: 2, state: 'failed' }));
    expect(story.answers().at(-1)).toMatchObject({ what: 'refused' });
    expect(story.state.task).toEqual({ kind: 'none' });
  });

  it('fails with the crash of the generation that was asked', () => {
    const story = inLiveChange().exits(1);
    expect(story.answers()).toEqual([{ what: 'refused', message: 'the generation exited with code 9' }]);
  });

  it('lets further requests wait for it', () => {
    const story = inLiveChange().says(1, { ...RELOAD, request: 8 });
    expect(story.state.check).toBeNull();
    story.says(1, { type: 'applied', revision: 2 });
    expect(story.state.check).toMatchObject({ requests: [{ request: 8 }] });
  });

  it('is refused when the daemon stops', () => {
    const story = inLiveChange().when({ type: 'stop_requested', reason: 'SIGTERM', isInterrupt: false });
    expect(story.answers()).toEqual([{ what: 'refused', message: 'The daemon is stopping: SIGTERM.' }]);
  });
});

const REFUSED = { type: 'refused', revision: 2, reason: 'it does not like it' } as const;

describe('[E5] a change that waits for a handover', () => {
  /** A generation drains, and the file asks for another handover. */
  function ahead() {
    const story = aServingSupervisor()
      .says(1, { ...RELOAD, what: 'restart' })
      .finds(unchanged(FIRST));
    const serving = story.promotes();
    story.when({ type: 'file_changed' }).finds(change(content('next'), 'handover'));
    return { story, serving };
  }

  it('is applied ahead, and is not active yet', () => {
    const { story, serving } = ahead();
    expect(story.of('apply_config')).toMatchObject([{ to: [1, serving], revision: { number: 2 } }]);
    expect(story.state.config.active.number).toBe(1);
    expect(story.state.requests.handover).toMatchObject({ cause: 'config' });
  });

  it('is taken back when the file is', () => {
    const { story, serving } = ahead();
    story.when({ type: 'file_changed' }).finds(unchanged(FIRST));
    story.exits(1, { code: 0 }).finds(unchanged(FIRST));
    expect(story.of('apply_config')).toMatchObject([{ to: [serving], revision: { number: 1 } }]);
    expect(story.of('mark_revision')).toMatchObject([{ number: 2, state: 'replaced' }]);
    expect(story.state.ahead).toBeNull();
  });
});
