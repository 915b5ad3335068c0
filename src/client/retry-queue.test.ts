import { expect, it } from 'vitest';
import { ApiError, ConnectionLostError, DaemonNotRunningError } from '../errors/http.ts';
import { Outbox } from './retry-queue.ts';

function outbox() {
  const said: string[] = [];
  const leave = new AbortController();
  const box = new Outbox(
    { waiting: () => said.push('waiting'), refused: (input) => said.push(`refused ${input}`) },
    leave.signal,
  );
  return { box, said, leave };
}

it('[A3] sends the same again until it is accepted, and the next one only then', async () => {
  const { box, said } = outbox();
  const sent: string[] = [];
  const failures = [new ConnectionLostError('x', 'cut'), new DaemonNotRunningError('x')];
  void box.add('a', async () => {
    sent.push('a');
    const failure = failures.shift();
    if (failure) throw failure;
  });
  await box.add('b', async () => sent.push('b'));
  expect(sent).toEqual(['a', 'a', 'a', 'b']);
  expect(said).toEqual(['waiting']);
  expect(box.size).toBe(0);
});

it('gives up what the daemon refuses, and goes on with the next', async () => {
  const { box, said } = outbox();
  void box.add('a', () => Promise.reject(new ApiError({ code: 'x', status: 422, detail: 'no' })));
  await box.add('b', async () => {});
  expect(said).toEqual(['refused a']);
});

it('still knows what was not accepted when it is left', async () => {
  const { box, leave } = outbox();
  const added = box.add('a', () => Promise.reject(new DaemonNotRunningError('x')));
  leave.abort();
  await added;
  expect(box.size).toBe(1);
});
