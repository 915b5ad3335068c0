import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { approvals } from './approvals.ts';
import { blobs } from './blobs.ts';
import { accept, boot } from './daemon.ts';
import { feed } from './feed.ts';
import { followers } from './followers.ts';
import { handover } from './handover.ts';
import { mcp } from './mcp.ts';
import type { Bench, Row } from './measure.ts';
import { resume } from './resume.ts';
import { schedules } from './schedules.ts';
import { startup } from './startup.ts';
import { steps } from './steps.ts';
import { streaming } from './streaming.ts';

/** `npm run bench`: ratios measured in one run on this machine. `--only NAME` runs one, `--json` prints the rows. */
const BENCHES: readonly Bench[] = [
  steps,
  accept,
  followers,
  feed,
  boot,
  startup,
  streaming,
  approvals,
  handover,
  resume,
  mcp,
  schedules,
  blobs,
];

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
const chosen = BENCHES.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(
    `There is no bench "${values.only}". Benches: ${BENCHES.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
// Users run the build, so the build is measured.
execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
process.env['MIDTURN_TEST_CLI'] = join(root, 'dist', 'cli', 'main.js');
const rows: Row[] = [];
for (const bench of chosen) {
  if (!values.json) console.error(`${bench.name} …`);
  rows.push(...(await bench.run()));
}
if (values.json) console.log(JSON.stringify(rows, null, 2));
else
  for (const { what, value, against, ratio, aim, met } of rows)
    console.log(
      `${met ? 'met ' : 'MISS'} ${what}: ${value}, ${ratio}${aim && ` (aim ${aim})`} of ${against}`,
    );
process.exit(0);
