import { expect, it } from 'vitest';
import { ApiError, ConnectionLostError, DaemonNotRunningError } from '../errors/http.ts';
import { RetryQueue } from './retry-queue.ts';

function outbox() {
  const said: string[] = [];
  const leave = new AbortController();
  const box = new RetryQueue(
    { onWaiting: () => said.push('waiting'), onRefused: (input) => said.push(`refused ${input}`) },
    leave.signal,
  );
  return { box, said, leave };
}

it('[A3] repeats an input until it is accepted, and only then sends the next one', async () => {
  const { box, said } = outbox();
  const sent: string[] = [];
  const failures = [new ConnectionLostError('x', 'cut'), new DaemonNotRunningError('x')];
  void box.enqueueRequest('a', async () => {
    sent.push('a');
    const failure = failures.shift();
    if (failure) throw failure;
  });
  await box.enqueueRequest('b', async () => sent.push('b'));
  expect(sent).toEqual(['a', 'a', 'a', 'b']);
  expect(said).toEqual(['waiting']);
  expect(box.size).toBe(0);
});

it('gives up an input that the daemon refuses, and continues with the next', async () => {
  const { box, said } = outbox();
  void box.enqueueRequest('a', () => Promise.reject(new ApiError({ code: 'x', status: 422, detail: 'no' })));
  await box.enqueueRequest('b', async () => {});
  expect(said).toEqual(['refused a']);
});

it('still counts what was not accepted when the signal aborts', async () => {
  const { box, leave } = outbox();
  const added = box.enqueueRequest('a', () => Promise.reject(new DaemonNotRunningError('x')));
  leave.abort();
  await added;
  expect(box.size).toBe(1);
});
