import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MaskedSecretError } from '../../errors/control.ts';
import { maskSource, unmaskSource } from './masking.ts';

const env = (name: string) => `$\{env:${name}}`;

const SOURCE = `{
  // "apiKey": "sk-commented-out", was ours until June
  "auth": { "tokens": ["first-literal-token", "${env('TOKEN')}", "second-literal-token"] },
  "providers": {
    "a": { "type": "openai", "apiKey": "${env('KEY')}", "headers": { "X-Title": "Tern", "X-Api-Key": "Bearer abc\\"def" } }, /* end */
    "b": { "type": "anthropic", "apiKey": "sk-literal-key" },
  },
  "agents": { "main": { "model": "a/m", "instructions": "Never say sk-literal-key." } },
}
`;
const present = {
  source: SOURCE,
  secrets: ['sk-literal-key', 'first-literal-token', 'second-literal-token'],
};
const masked = maskSource(present);

describe('[K4] a source as it is shown', () => {
  it('has its comments, order and references, and none of its secrets', () => {
    expect(masked).toBe(`{
  // "apiKey": [redacted], was ours until June
  "auth": { "tokens": ["[redacted]", "${env('TOKEN')}", "[redacted]"] },
  "providers": {
    "a": { "type": "openai", "apiKey": "${env('KEY')}", "headers": { "X-Title": "[redacted]", "X-Api-Key": "[redacted]" } }, /* end */
    "b": { "type": "anthropic", "apiKey": "[redacted]" },
  },
  "agents": { "main": { "model": "a/m", "instructions": "Never say [redacted]." } },
}
`);
  });

  it.each([
    ['a value without its first quote', '{"providers": {"a": {"apiKey": SECRET-word-1"}}}'],
    ['a name without its last quote', '{"providers": {"a": {"apiKey: "SECRET-word-1"}}}'],
    ['a comma for a colon', '{"providers": {"a": {"apiKey", "SECRET-word-1"}}}'],
    ['an object that is not opened', '{"auth": "tokens": ["SECRET-word-1", "SECRET-word-1"]}}'],
    ['an object that is closed too early', '{"auth": {}, "tokens": ["SECRET-word-1"]}}'],
    ['a string that is not closed', '{"providers": {"a": {"apiKey": "SECRET-word-1\n}}}'],
    ['no quotes at all', '{providers: {a: {apiKey: SECRET-word-1}}}'],
    ['a comment that is not closed', '{} /* apiKey = SECRET-word-1'],
    ['a list that is too deep', `${'['.repeat(200_000)}{"apiKey": "SECRET-word-1"`],
  ])('shows no secret when it is broken: %s', (_what, source) => {
    expect(maskSource({ source, secrets: [] })).not.toContain('SECRET');
  });
});

it('[K7] wherever a file breaks off, in a comment too, it is shown', () => {
  for (let end = 0; end <= SOURCE.length; end += 1) {
    const source = SOURCE.slice(0, end);
    expect(maskSource({ ...present, source })).not.toMatch(/sk-literal-key|(first|second)-literal-token/);
  }
  expect(maskSource({ source: '{ /*', secrets: [] })).toBe('{ /*');
});

describe('[E11] an edited source', () => {
  it('gets back what was masked, whatever else was changed', () => {
    expect(unmaskSource(masked, present)).toBe(SOURCE);
    const edited = masked.replace('"a/m"', '"b/m" /* better */').replace('/* end */', '');
    expect(unmaskSource(edited, present)).toBe(
      SOURCE.replace('"a/m"', '"b/m" /* better */').replace('/* end */', ''),
    );
    const longer = masked.replace('"tokens": [', '"tokens": ["new-literal-token-1", ');
    expect(unmaskSource(longer, present)).toBe(
      SOURCE.replace('"tokens": [', '"tokens": ["new-literal-token-1", '),
    );
  });

  it('gets back what was masked in one that is not valid', () => {
    const broken = { ...present, source: SOURCE.replace('"type": "openai",', '"type": "openai"') };
    const mended = maskSource(broken).replace('"type": "openai"', '"type": "openai",');
    expect(unmaskSource(mended, broken)).toBe(SOURCE);
  });

  it('may drop any secret or write another one in its place', () => {
    const other = masked.replace('"type": "anthropic", "apiKey": "[redacted]"', '"type": "scripted"');
    expect(unmaskSource(other, present)).toContain('"type": "scripted"');
    const tokens = masked.replace(/"tokens": \[.*\]/, '"tokens": ["a-whole-new-token"]');
    expect(unmaskSource(tokens, present)).toContain('"tokens": ["a-whole-new-token"]');
  });

  it.each([
    ['where there is no secret', masked.replace('"a/m"', '"[redacted]"'), 'agents.main.model'],
    ['where there was none', masked.replace('"b": {', '"c": {'), 'providers.c.apiKey'],
    ['in a list that has lost one', masked.replace(/\["\[redacted\]", /, '['), 'auth.tokens[1]'],
    ['as a part of another text', masked.replace('Never say', 'Always say'), 'agents.main.instructions'],
    ['in a new comment', `${masked}// [redacted]`, 'a comment'],
    ['as a name', masked.replace('"b"', '"[redacted]"'), 'a name'],
  ])('is refused when the mask stands %s', (_what, edited, path) => {
    expect(() => unmaskSource(edited, present)).toThrow(MaskedSecretError);
    expect(() => unmaskSource(edited, present)).toThrow(`"[redacted]" at ${path}`);
  });

  it('that was shown and not changed is the same, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.constant(SOURCE)), (source) => {
        const shown = maskSource({ source, secrets: [] });
        expect(unmaskSource(shown, { source, secrets: [] })).toBe(source);
      }),
    );
  });
});
