import { expect, it } from 'vitest';
import { createMask, measureLongestSecret } from '../../../util/mask.ts';
import { NO_SECRETS, type SecretPort } from '../../port/secrets.ts';
import { StreamedCall } from './streamed-call.ts';

const SECRET = 'top-secret "token"';
const longest = measureLongestSecret([SECRET]);
const secrets: SecretPort = { ...NO_SECRETS, hide: createMask([SECRET]), longest: () => longest };

it.each([1, 2, 7, 19])(
  '[K4] shows no part of a secret in arguments that arrive %i characters at a time',
  (size) => {
    const streamed = new StreamedCall(4, secrets);
    const json = JSON.stringify({
      first: SECRET,
      middle: 'x'.repeat(300),
      last: `a ${SECRET} b`,
      pad: 'y'.repeat(300),
    });
    let shown = '';
    for (let at = 0; at < json.length; at += size) {
      const text = json.slice(at, at + size);
      const part = streamed.toStreamPart({ kind: 'tool_input', position: 2, tool: 'shell', text });
      if (part) expect(part).toMatchObject({ kind: 'tool_input', call: '4.2', tool: 'shell' });
      shown += part?.text ?? '';
    }
    expect(shown).not.toMatch(/top|secret|token/);
    expect(secrets.hide(json).startsWith(shown)).toBe(true);
    expect(shown).toContain('[redacted] b');
  },
);

it('shows arguments at once when there are no secrets, and other parts as they are', () => {
  const streamed = new StreamedCall(1, NO_SECRETS);
  const about = { kind: 'tool_input', tool: 't' } as const;
  expect(streamed.toStreamPart({ ...about, position: 1, text: '{' })).toEqual({
    ...about,
    call: '1.1',
    text: '{',
  });
  expect(streamed.toStreamPart({ kind: 'reasoning', text: 'Hm' })).toEqual({ kind: 'reasoning', text: 'Hm' });
});
