import {
  configApplied,
  configDiff,
  configPlan,
  configRevisions,
  configRevisionView,
  configView,
} from '../protocol/config.ts';
import type { ConfigApi } from '../protocol/config-api.ts';

type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<unknown>;

export function createConfigClient(send: Send): ConfigApi {
  return {
    show: async () => configView.parse(await send('GET', '/v1/config')),
    plan: async (draft) => configPlan.parse(await send('POST', '/v1/config/plan', draft)),
    replace: async (source, base) =>
      configApplied.parse(await send('PUT', '/v1/config', { source }, ifMatchHeader(base))),
    patch: async (patch, base) =>
      configApplied.parse(await send('PATCH', '/v1/config', patch, ifMatchHeader(base))),
    listRevisions: async () => configRevisions.parse(await send('GET', '/v1/config/revisions')),
    getRevision: async (number) =>
      configRevisionView.parse(await send('GET', `/v1/config/revisions/${number}`)),
    diff: async (from, to) =>
      configDiff.parse(await send('GET', `/v1/config/diff?from=${from}${to === null ? '' : `&to=${to}`}`)),
    rollback: async (revision) =>
      configApplied.parse(await send('POST', '/v1/config/rollback', { revision })),
  };
}

function ifMatchHeader(base: string | undefined): Record<string, string> {
  return base === undefined ? {} : { 'if-match': `"${base}"` };
}
