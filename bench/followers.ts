import { Agent } from 'node:http';
import { Daemon } from '../test/support/daemon.ts';
import { hearCrowd, startCrowd } from './crowd-thread.ts';
import { type Bench, formatMillis, formatRatio, median, percentile, type Row } from './measure.ts';
import { postMessage } from './post.ts';

const FOLLOWERS = 900;
/**
 * Turns of the followed session while receipts are timed, and the number of characters of the message that
 * starts each.
 */
const TURNS = 20;
const LENGTH = 4_000;
/** Number of receipts that are timed without followers. */
const ALONE = 200;
/** Largest factor by which a receipt may become slower, and milliseconds that are always acceptable. */
const AIM = 10;
const GOOD = 50;

/** Time that other sessions wait for a receipt while 900 followers of one session receive its events. */
export const followers: Bench = {
  name: 'followers',
  async run() {
    const daemon = new Daemon({
      providers: { scripted: { type: 'scripted', scripts: { quick: [{ text: 'ok' }] } } },
      agents: { quick: { model: 'scripted/quick' } },
      defaultAgent: 'quick',
    });
    await daemon.startUp();
    const { client, home } = daemon;
    const talk = () => client.sendMessage('followed', { text: 'x'.repeat(LENGTH), mode: 'queue' });
    try {
      await client.sendAndWait('followed', { text: 'hello' }, 30);
      const alone = await receiptTimes(daemon, (count) => count < ALONE);
      const crowd = startCrowd({
        socketPath: home.socket,
        path: '/v1/sessions/followed/events',
        end: `event: turn_finished\\ndata: .*"turn":${TURNS + 1}\\b`,
        followers: FOLLOWERS,
      });
      await hearCrowd(crowd, 'connected');
      let waiting = true;
      void hearCrowd(crowd, 'caught up').then(() => {
        waiting = false;
      });
      void Promise.all(Array.from({ length: TURNS }, talk));
      const crowded = await receiptTimes(daemon, () => waiting);
      await crowd.terminate();
      return [
        followerRow('p50', median(crowded), median(alone)),
        followerRow('longest', percentile(crowded, 1), percentile(alone, 1)),
      ];
    } finally {
      await daemon.dispose();
    }
  },
};

function followerRow(which: string, value: number, alone: number): Row {
  const ratio = value / alone;
  return {
    what: `receipt of another session, ${which}, while 900 followers of one are sent its events`,
    value: formatMillis(value),
    against: `the same without followers: ${formatMillis(alone)}`,
    ratio: formatRatio(ratio),
    aim: `≤ ${formatRatio(AIM)} or < ${formatMillis(GOOD)}`,
    met: ratio <= AIM || value < GOOD,
  };
}

/** Milliseconds from request to 202, sorted; one after the other. */
async function receiptTimes({ home }: Daemon, more: (count: number) => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken: number[] = [];
  while (more(taken.length)) taken.push(await postMessage(home.socket, `other-${taken.length % 10}`, agent));
  agent.destroy();
  return taken.sort((a, b) => a - b);
}
