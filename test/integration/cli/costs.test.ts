import { expect, it } from 'vitest';
import { midturn, runningHome } from './midturn.ts';

it('[N1] usage is printed as a table, as CSV and as JSON, and stands in show and status', async () => {
  const { home } = await runningHome({});
  expect((await midturn(home, ['usage'])).stdout).toBe('No model calls.\n');
  await midturn(home, ['send', 'a', 'hello world', '--from', '=ann', '--wait']);
  const table = await midturn(home, ['usage']);
  expect(table.stdout).toMatch(
    /^MODEL +CALLS +FAILED +INPUT +CACHED +OUTPUT +COST\nscripted\/short +1 +0 +0 +0 +\d+ +\$0\.0000\ntotal +1 .*\nprices of \d{4}-\d\d-\d\d \(.+\), or as configured\n$/,
  );
  const csv = await midturn(home, ['usage', '--by', 'person', '--since', '2h', '--csv']);
  expect(csv.stdout).toMatch(/^person,calls,failed,.*,cost\n'=ann,1,0,0,0,0,\d+,0,0,0,0\n$/);
  const json = await midturn(home, ['usage', '--session', 'none', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ by: 'model', groups: [], total: { calls: 0 } });
  const line = /1 model call, 0 tokens in, \d+ out, cost \$0\.0000/;
  expect((await midturn(home, ['sessions', 'show', 'a'])).stdout).toMatch(line);
  expect((await midturn(home, ['status'])).stdout).toMatch(line);
});
