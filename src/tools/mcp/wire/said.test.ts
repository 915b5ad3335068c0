import { expect, it } from 'vitest';
import { ErrorOutputLines } from './said.ts';

it('passes on whole lines for every division into chunks', () => {
  const heard: string[] = [];
  const said = new ErrorOutputLines((text) => heard.push(text));
  for (const byte of Buffer.from('the kéy is hunter2-long\nand')) said.push(Buffer.from([byte]));
  expect(heard).toEqual(['the kéy is hunter2-long\n']);
  said.end();
  expect(heard).toEqual(['the kéy is hunter2-long\n', 'and']);
});

it('does not buffer an endless line', () => {
  const heard: string[] = [];
  const said = new ErrorOutputLines((text) => heard.push(text));
  said.push(Buffer.from('x'.repeat(5_000)));
  expect(heard).toEqual(['x'.repeat(5_000)]);
});
