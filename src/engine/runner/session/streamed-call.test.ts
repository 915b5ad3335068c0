import { expect, it } from 'vitest';
import type { AnswerPart } from '../../../models/port/model.ts';
import { createMask, createTailMeasure } from '../../../util/mask.ts';
import { NO_SECRETS, type SecretPort } from '../../port/secrets.ts';
import { StreamedCall } from './streamed-call.ts';

const SECRET = 'top-secret "token"';
const secrets: SecretPort = {
  ...NO_SECRETS,
  hide: createMask([SECRET]),
  measureTail: createTailMeasure([SECRET]),
};

/** What followers see of a text that arrives in pieces of this many characters. */
function streamText(text: string, size: number, toPart: (text: string) => AnswerPart): string {
  const streamed = new StreamedCall(4, secrets);
  let shown = '';
  for (let at = 0; at < text.length; at += size) {
    const part = streamed.toStreamPart(toPart(text.slice(at, at + size)));
    shown += part?.text ?? '';
    expect(shown).not.toMatch(/top-|secret|token/);
  }
  return (
    shown +
    streamed
      .takeRest()
      .map(({ text: rest }) => rest)
      .join('')
  );
}

it.each([1, 2, 7, 19])(
  '[K4] shows no part of a secret in arguments that arrive %i characters at a time',
  (size) => {
    const json = JSON.stringify({
      first: SECRET,
      middle: 'x'.repeat(300),
      last: `a ${SECRET} b`,
      pad: 'y'.repeat(300),
    });
    const shown = streamText(json, size, (text) => ({
      kind: 'tool_input',
      position: 2,
      tool: 'shell',
      text,
    }));
    expect(shown).toBe(secrets.hide(json));
    expect(shown).toContain('[redacted] b');
  },
);

it.each([1, 2, 7, 19, 400])(
  '[K4] shows no part of a secret in an answer and its reasoning, %i characters at a time',
  (size) => {
    const text = `It is ${SECRET}, or top of the list, or ${SECRET}${SECRET} top`;
    for (const kind of ['text', 'reasoning'] as const) {
      expect(streamText(text, size, (piece) => ({ kind, text: piece }))).toBe(secrets.hide(text));
    }
  },
);

it('keeps back only what may begin a secret', () => {
  const streamed = new StreamedCall(1, secrets);
  const show = (text: string) => streamed.toStreamPart({ kind: 'text', text })?.text;
  expect([show('Hello '), show('to'), show('day '), show('top')]).toEqual([
    'Hello ',
    undefined,
    'today ',
    undefined,
  ]);
  expect(streamed.takeRest()).toEqual([{ kind: 'text', text: 'top' }]);
  expect(streamed.takeRest()).toEqual([]);
});

it('shows everything at once when there are no secrets', () => {
  const streamed = new StreamedCall(1, NO_SECRETS);
  const about = { kind: 'tool_input', tool: 't' } as const;
  expect(streamed.toStreamPart({ ...about, position: 1, text: '{' })).toEqual({
    ...about,
    call: '1.1',
    text: '{',
  });
  expect(streamed.toStreamPart({ kind: 'reasoning', text: 'Hm' })).toEqual({ kind: 'reasoning', text: 'Hm' });
});
