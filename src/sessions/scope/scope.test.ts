import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInScope } from './scope.ts';

describe('a scope', () => {
  it.each([
    [{ sessions: ['ops'] }, 'ops', true],
    [{ sessions: ['ops'] }, 'ops2', false],
    [{ sessions: ['ops'] }, 'ops/call-1.1', true],
    [{ sessions: ['ops'] }, 'ops/call-1.1/call-2.3', true],
    [{ sessions: ['ops'] }, 'ops/other', false],
    [{ sessions: ['team/*'] }, 'team/ann', true],
    [{ sessions: ['team/*'] }, 'team', false],
    [{ sessions: ['a', 'b'] }, 'b', true],
    [{ sessions: ['*'] }, 'anything', true],
    [{ agents: ['main'] }, 'any', true],
    [{ agents: ['other'] }, 'any', false],
    [{ agents: ['main'] }, 'night/call-1.1', false],
    [{ sessions: ['any'], agents: ['other'] }, 'any', false],
    [{}, 'any', true],
  ])('%j covers %j: %j', (scope, session, covered) => {
    expect(isInScope(scope, session, 'main')).toBe(covered);
  });

  it('covers no session whose id does not begin with one of its patterns', () => {
    const word = fc.stringMatching(/^[a-c/]{1,5}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), word, (sessions, session) => {
        const covered = isInScope({ sessions }, session, 'main');
        if (covered) expect(sessions.some((pattern) => session.startsWith(pattern))).toBe(true);
        expect(isInScope({ sessions: [session] }, session, 'main')).toBe(true);
      }),
    );
  });
});
