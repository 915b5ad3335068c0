import { expect, it } from 'vitest';
import { createReadOutputTool } from './read-output.ts';

const WHOLE = Buffer.from(`${'x'.repeat(10)}€😀${'y'.repeat(10)}`);

async function read(input: { output: string; offset?: number; limit?: number }) {
  const tool = createReadOutputTool({
    findOutput: async (session, call) =>
      session === 's' && call === '1.1' ? { id: 'blob', bytes: WHOLE.length } : undefined,
    readBlob: async (id, offset, length) =>
      id === 'blob' ? WHOLE.subarray(offset, offset + length) : undefined,
  });
  const { signal } = new AbortController();
  return await tool.run(input, { session: 's', call: '2.1', key: 'k', attempt: 1, signal });
}

it('[F5] reads a part and says where to continue', async () => {
  expect(await read({ output: '1.1', offset: 2, limit: 4 })).toEqual({
    type: 'text',
    value: 'xxxx\n\n[bytes 2 to 6 of 27; read on with offset 6]',
  });
  expect(await read({ output: '1.1', offset: 20 })).toMatchObject({
    value: expect.stringContaining(', the end]'),
  });
});

it('[F5] yields the whole output when read in parts, whatever the limit', async () => {
  for (const limit of [4, 5, 6, 7, 100]) {
    let text = '';
    for (let offset = 0; offset < WHOLE.length; ) {
      const { value } = Object(await read({ output: '1.1', offset, limit }));
      const [, part, next] = /^([\s\S]*)\n\n\[bytes \d+ to (\d+)/.exec(value) ?? [];
      text += part;
      offset = Number(next);
    }
    expect(text).toBe(WHOLE.toString());
  }
});

it('explains an invalid call, offset or argument', async () => {
  expect(await read({ output: '9.9' })).toMatchObject({
    type: 'error-text',
    value: expect.stringContaining('"9.9"'),
  });
  expect(await read({ output: '1.1', offset: 27 })).toMatchObject({
    value: expect.stringContaining('27 bytes'),
  });
  expect(await read({ output: '1.1', offset: -1 })).toMatchObject({
    value: expect.stringContaining('"offset"'),
  });
});
