import { expect, it } from 'vitest';
import type { FilePart } from '../../../core/model/message.ts';
import type { ProducedFile } from '../../port/tool.ts';
import { toToolOutput } from './output.ts';

const text = (value: string) => ({ type: 'text' as const, text: value });

it('joins texts and describes images, sounds and binary resources with type and size', async () => {
  const data = Buffer.from('12345').toString('base64');
  expect(
    await toToolOutput({
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

it('uses structured content only when there is no text', async () => {
  const structuredContent = { a: [1, null] };
  expect(await toToolOutput({ content: [], structuredContent })).toEqual({
    type: 'json',
    value: { a: [1, null] },
  });
  expect(await toToolOutput({ content: [text('one')], structuredContent })).toEqual({
    type: 'text',
    value: 'one',
  });
  const image = { type: 'image' as const, data: '', mimeType: 'image/png' };
  expect(await toToolOutput({ content: [image], structuredContent })).toEqual({
    type: 'text',
    value: '[image: image/png, 0 bytes]\n{"a":[1,null]}',
  });
});

it('returns large structured content as text', async () => {
  const output = await toToolOutput({ content: [], structuredContent: { a: 'x'.repeat(10_000) } });
  expect(output).toMatchObject({ type: 'text', value: expect.stringMatching(/^\{"a":"x+"\}$/) });
});

it('reports errors as errors, and empty results in words', async () => {
  expect(await toToolOutput({ content: [text('no such city')], isError: true })).toEqual({
    type: 'error-text',
    value: 'no such city',
  });
  expect(await toToolOutput({ content: [], isError: true })).toMatchObject({
    value: expect.stringContaining('did not say why'),
  });
  expect(await toToolOutput({ content: [] })).toMatchObject({
    type: 'text',
    value: expect.stringContaining('nothing'),
  });
});

it('[N7] stores images, sounds and binary resources as files, in their order', async () => {
  const stored: ProducedFile[] = [];
  const storeFile = async (file: ProducedFile): Promise<FilePart> => {
    stored.push(file);
    if (file.data.length > 5) throw new Error('too large');
    return { type: 'file', blob: `b${stored.length}`, mediaType: 'image/png', name: 'a.png', bytes: 5 };
  };
  const data = Buffer.from('12345').toString('base64');
  const blob = Buffer.from('123456').toString('base64');
  const output = await toToolOutput(
    {
      content: [
        text('before'),
        text('and before'),
        { type: 'image', data, mimeType: 'image/png' },
        {
          type: 'resource',
          resource: { uri: 'file:///x/my%20b.zip?v=1', blob, mimeType: 'application/zip' },
        },
        { type: 'audio', data: '%', mimeType: 'audio/wav' },
      ],
    },
    storeFile,
  );
  expect(output).toEqual({
    type: 'content',
    value: [
      { type: 'text', text: 'before\nand before' },
      { type: 'file', blob: 'b1', mediaType: 'image/png', name: 'a.png', bytes: 5 },
      {
        type: 'text',
        text: '[resource file:///x/my%20b.zip?v=1: application/zip, 6 bytes] (it was not kept: too large)\n[audio: audio/wav, with data that is not base64]',
      },
    ],
  });
  expect(stored.map(({ name, mediaType }) => [name, mediaType])).toEqual([
    [undefined, 'image/png'],
    ['my b.zip', 'application/zip'],
  ]);
  const failed = await toToolOutput({ content: [{ type: 'image', data }], isError: true }, storeFile);
  expect(failed).toMatchObject({ type: 'error-text' });
});
