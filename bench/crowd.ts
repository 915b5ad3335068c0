import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Entry of the thread that follows one stream many times. Says `connected` when every follower has its first bytes,
 * and `caught up` when each has received what `end` matches.
 */
export interface Crowd {
  socketPath: string;
  path: string;
  followers: number;
  /** A regular expression. */
  end: string;
}

/** Longest text that `end` matches, in characters. */
const LONGEST = 1_000;

const { socketPath, path, followers, ...about }: Crowd = workerData;
const end = new RegExp(about.end);
const crowd = Array.from({ length: followers }, startFollower);
await Promise.all(crowd.map(({ connected }) => connected.promise));
parentPort?.postMessage('connected');
await Promise.all(crowd.map(({ caughtUp }) => caughtUp.promise));
parentPort?.postMessage('caught up');

function startFollower() {
  const [connected, caughtUp] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const asked = request({ socketPath, agent: false, path, headers: { accept: 'text/event-stream' } });
  asked.on('error', () => {});
  asked.once('response', (response) => {
    // What `end` matches may come in two pieces.
    let tail = '';
    response.on('data', (data: Buffer) => {
      connected.resolve();
      const text = tail + String(data);
      if (end.test(text)) caughtUp.resolve();
      tail = text.slice(-LONGEST);
    });
  });
  asked.end();
  return { connected, caughtUp };
}
