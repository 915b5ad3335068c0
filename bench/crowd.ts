import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Entry of the thread that follows one session many times: what it does with the bytes must not slow down the thread
 * that measures. Says `connected` when every follower has its first bytes, and `caught up` when each has seen the end of
 * the turn with the number `turns`.
 */
export interface Crowd {
  socketPath: string;
  session: string;
  followers: number;
  turns: number;
}

const { socketPath, session, followers, turns }: Crowd = workerData;
const end = new RegExp(`event: turn_finished\\ndata: .*"turn":${turns}\\b`);
const crowd = Array.from({ length: followers }, startFollower);
await Promise.all(crowd.map(({ connected }) => connected.promise));
parentPort?.postMessage('connected');
await Promise.all(crowd.map(({ caughtUp }) => caughtUp.promise));
parentPort?.postMessage('caught up');

function startFollower() {
  const [connected, caughtUp] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const path = `/v1/sessions/${session}/events`;
  const asked = request({ socketPath, agent: false, path, headers: { accept: 'text/event-stream' } });
  asked.on('error', () => {});
  asked.once('response', (response) => {
    response.on('data', (data: Buffer) => {
      connected.resolve();
      if (end.test(String(data))) caughtUp.resolve();
    });
  });
  asked.end();
  return { connected, caughtUp };
}
