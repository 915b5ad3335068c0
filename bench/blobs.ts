import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from '../test/support/daemon.ts';
import { type Bench, formatMillis, formatRatio, median, onDisk, type Row } from './measure.ts';

const ROUNDS = 15;
const SIZES = [
  { bytes: 10_000, name: '10 kB' },
  { bytes: 8_000_000, name: '8 MB' },
];

/** What the upload of a file takes beside a bare write of the same bytes with fsync of the file and its folder. */
export const blobs: Bench = {
  name: 'blobs',
  run: () =>
    onDisk(async (folder) => {
      const daemon = new Daemon({});
      await daemon.startUp();
      try {
        const rows: Row[] = [];
        for (const { bytes, name } of SIZES) rows.push(await compare(daemon, folder, bytes, name));
        return rows;
      } finally {
        await daemon.dispose();
      }
    }),
};

async function compare(daemon: Daemon, folder: string, bytes: number, name: string): Promise<Row> {
  const data = Buffer.alloc(bytes, 'all work and no play ');
  const took = { upload: [] as number[], bare: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    took.bare.push(await time(async () => writeBare(folder, `${bytes}-${round}`, data)));
    took.upload.push(await time(() => daemon.client.uploadFile({ data })));
  }
  const [upload, bare] = [median(took.upload), median(took.bare)];
  return {
    what: `upload of a file of ${name}`,
    value: formatMillis(upload),
    against: `a bare write with fsync: ${formatMillis(bare)}`,
    ratio: formatRatio(upload / bare),
    aim: '≤ 3 × or < 10 ms',
    met: upload / bare <= 3 || upload < 10,
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function writeBare(folder: string, name: string, data: Buffer): void {
  for (const [path, bytes] of [[join(folder, name), data] as const, [folder, null] as const]) {
    const handle = openSync(path, bytes ? 'wx' : 'r');
    if (bytes) writeSync(handle, bytes);
    fsyncSync(handle);
    closeSync(handle);
  }
}
