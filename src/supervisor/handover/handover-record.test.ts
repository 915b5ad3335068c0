import { expect, it } from 'vitest';
import { createReport } from '../core/model/report.ts';
import { HandoverRecord } from './handover-record.ts';

it.each([
  ['a start after a kill', true, 'cut'],
  ['a start after a stop', false, 'parked'],
])('[C11] what %s takes up is reported as what it was', (_, killed, state) => {
  const revision = { from: null, to: 1 };
  const start = { id: '1', cause: 'start', reason: '', from: null, revision, killed } as const;
  const record = new HandoverRecord(createReport(start, { date: 0, clock: 0 }));
  record.recordNews({ type: 'resumed', session: 's' }, 7);
  expect(record.report.sessions).toMatchObject([{ session: 's', state, resumedAfter: 7 }]);
});
