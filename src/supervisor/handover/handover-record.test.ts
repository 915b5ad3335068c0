import { expect, it } from 'vitest';
import { HandoverRecord } from './handover-record.ts';

it.each([
  ['a start after a kill', true, 'cut'],
  ['a start after a stop', false, 'parked'],
])('[C11] what %s takes up is reported as what it was', (_, killed, state) => {
  const revision = { from: null, to: 1 };
  const record = new HandoverRecord({ id: '1', cause: 'start', reason: '', from: null, revision, killed });
  record.recordResume('s');
  expect(record.report.sessions).toMatchObject([{ session: 's', state }]);
});
