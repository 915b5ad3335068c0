import { describe, expect, it } from 'vitest';
import { NO_FILE_PROBLEMS } from '../model/revision.ts';
import {
  clearProblem,
  clearSuperseded,
  findEarlierFailure,
  recordBroken,
  recordFailed,
  recordMissing,
  restoreFailure,
} from './file-problems.ts';

const problem = (message: string) => ({ message, problems: [], since: 0 });

describe('problems of the configuration file', () => {
  it('[E7] are reported once for each content', () => {
    const broken = recordBroken(NO_FILE_PROBLEMS, 'a', problem('broken'));
    expect(recordBroken(broken, 'a', problem('again'))).toBe(broken);
    expect(recordBroken(broken, 'b', problem('other')).problem?.message).toBe('other');
  });

  it('[E16] are none while the file is missing, which is reported once', () => {
    const missing = recordMissing(recordBroken(NO_FILE_PROBLEMS, 'a', problem('broken')));
    expect(missing).toMatchObject({ problem: null, isMissing: true });
    expect(recordMissing(missing)).toBe(missing);
    expect(recordBroken(missing, 'a', problem('broken')).isMissing).toBe(false);
  });

  it('[E10] remember contents that have failed, the newest fifty', () => {
    let state = NO_FILE_PROBLEMS;
    for (let count = 0; count <= 50; count += 1)
      state = recordFailed(state, `content ${count}`, problem(`${count}`));
    expect(findEarlierFailure(state, 'content 0')).toBeUndefined();
    expect(findEarlierFailure(state, 'content 1')?.message).toBe('1');
    const cleared = clearProblem(state);
    expect(cleared).toMatchObject({ problem: null, content: null });
    const failed = problem('1');
    expect(restoreFailure(cleared, 'content 1', failed).problem).toBe(failed);
    expect(restoreFailure(state, 'content 50', failed)).toBe(state);
  });

  it('of a failed content end when another content becomes active; those of a broken one stay', () => {
    const failed = recordFailed(NO_FILE_PROBLEMS, 'a', problem('failed'));
    expect(clearSuperseded(failed).problem).toBeNull();
    const broken = recordBroken(failed, 'b', problem('broken'));
    expect(clearSuperseded(broken)).toBe(broken);
    expect(clearProblem(NO_FILE_PROBLEMS)).toBe(NO_FILE_PROBLEMS);
  });
});
