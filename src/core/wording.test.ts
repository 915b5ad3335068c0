import { describe, expect, it } from 'vitest';
import {
  callOf,
  created,
  modelCalls,
  modelStarted,
  steer,
  toolStarted,
  turnStarted,
} from '../../test/support/events.ts';
import { given } from '../../test/support/given.ts';
import { userMessage } from './message.ts';
import { type News, noNews } from './state.ts';
import { isSummary, outcomeUnknown, refused, restartNote, summaryMessage } from './wording.ts';

describe('what the model is told', () => {
  it('says why a call was not run', () => {
    expect(refused('not allowed')).toEqual({
      type: 'error-text',
      value: 'This call was not run: not allowed.',
    });
  });

  it('[F1] tells of an unknown outcome with the tool, the time and the arguments', () => {
    const { turn } = given(
      created,
      steer('a'),
      turnStarted(1, 'a'),
      modelStarted(1),
      modelCalls(1, callOf('send', { to: 'ann' })),
      toolStarted('1.1', 'write'),
    ).state;
    const told = turn?.tools.map((tool) => outcomeUnknown(tool, 0));
    expect(told).toEqual([
      {
        type: 'error-text',
        value: expect.stringContaining('send was started at 1970-01-01T00:00:00.000Z with {"to":"ann"}'),
      },
    ]);
  });

  it('[D2] tells of restarts, however many, with what was interrupted and what is unknown', () => {
    expect(restartNote(noNews)).toBeNull();
    type Restart = News['restarts'][number];
    const crash: Restart = { cause: 'crash', reason: 'out of memory', keys: [] };
    const config: Restart = { cause: 'config', reason: 'midturn.jsonc', keys: ['limits', 'tools'] };
    const plain: Restart = { cause: 'restart', reason: '', keys: [] };
    const told = (news: Partial<News>) => restartNote({ ...noNews, ...news });
    expect(told({ restarts: [plain] })).toMatch(
      /^\[system\] The daemon restarted due to a requested restart\. /,
    );
    expect(told({ restarts: [crash, config] })).toMatch(
      /restarted 2 times: a crash \(out of memory\); a configuration change \(changed: limits, tools\)\. /,
    );
    const both = told({ restarts: [crash], interrupted: ['model call 3'], unknown: ['send (2.1)'] });
    expect(both).toContain('Interrupted and taken up again: model call 3. ');
    expect(both).toContain('Outcome unknown, look before you repeat: send (2.1). ');
  });

  it('marks a summary as ours', () => {
    expect(summaryMessage('Ann likes tea.')).toMatch(/^\[system\] .*summarised.*\nAnn likes tea\.$/s);
    expect(isSummary(userMessage(summaryMessage('Ann likes tea.')))).toBe(true);
    expect(isSummary(userMessage('Ann likes tea.'))).toBe(false);
  });
});
