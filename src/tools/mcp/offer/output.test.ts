import { expect, it } from 'vitest';
import { toToolOutput } from './output.ts';

const text = (value: string) => ({ type: 'text' as const, text: value });

it('joins texts and describes images, sounds and binary resources with type and size', () => {
  const data = Buffer.from('12345').toString('base64');
  expect(
    toToolOutput({
      content: [
        text('before'),
        { type: 'image', data, mimeType: 'image/png' },
        { type: 'audio', data: '', mimeType: 'audio/wav' },
        { type: 'resource', resource: { uri: 'file:///a', text: 'inside' } },
        { type: 'resource', resource: { uri: 'file:///b', blob: data, mimeType: 'application/zip' } },
        { type: 'resource_link', uri: 'file:///c', name: 'c', size: 7, description: 'the third' },
      ],
    }),
  ).toEqual({
    type: 'text',
    value:
      'before\n[image: image/png, 5 bytes]\n[audio: audio/wav, 0 bytes]\n[resource file:///a]\ninside\n[resource file:///b: application/zip, 5 bytes]\n[resource file:///c: c, 7 bytes, the third]',
  });
});

it('uses structured content only when there is no text', () => {
  const structuredContent = { a: [1, null] };
  expect(toToolOutput({ content: [], structuredContent })).toEqual({ type: 'json', value: { a: [1, null] } });
  expect(toToolOutput({ content: [text('one')], structuredContent })).toEqual({ type: 'text', value: 'one' });
  const image = { type: 'image' as const, data: '', mimeType: 'image/png' };
  expect(toToolOutput({ content: [image], structuredContent })).toEqual({
    type: 'text',
    value: '[image: image/png, 0 bytes]\n{"a":[1,null]}',
  });
});

it('returns large structured content as text', () => {
  const output = toToolOutput({ content: [], structuredContent: { a: 'x'.repeat(10_000) } });
  expect(output).toMatchObject({ type: 'text', value: expect.stringMatching(/^\{"a":"x+"\}$/) });
});

it('reports errors as errors, and empty results in words', () => {
  expect(toToolOutput({ content: [text('no such city')], isError: true })).toEqual({
    type: 'error-text',
    value: 'no such city',
  });
  expect(toToolOutput({ content: [], isError: true })).toMatchObject({
    value: expect.stringContaining('did not say why'),
  });
  expect(toToolOutput({ content: [] })).toMatchObject({
    type: 'text',
    value: expect.stringContaining('nothing'),
  });
});
