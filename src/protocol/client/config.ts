import {
  type ConfigApplied,
  type ConfigDiff,
  type ConfigDraft,
  type ConfigPatch,
  type ConfigPlan,
  type ConfigRevisions,
  type ConfigRevisionView,
  type ConfigView,
  configApplied,
  configDiff,
  configPlan,
  configRevisions,
  configRevisionView,
  configView,
} from '../config.ts';

/** `base`: hash of the version that the change was made against; any version will do without it. */
export interface ConfigClient {
  show(): Promise<ConfigView>;
  plan(draft: ConfigDraft): Promise<ConfigPlan>;
  replace(source: string, base?: string): Promise<ConfigApplied>;
  patch(patch: ConfigPatch, base?: string): Promise<ConfigApplied>;
  revisions(): Promise<ConfigRevisions>;
  revision(number: number): Promise<ConfigRevisionView>;
  /** `to` null: the present file. */
  diff(from: number, to: number | null): Promise<ConfigDiff>;
  rollback(revision: number): Promise<ConfigApplied>;
}

type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<unknown>;

export function configClient(send: Send): ConfigClient {
  return {
    show: async () => configView.parse(await send('GET', '/v1/config')),
    plan: async (draft) => configPlan.parse(await send('POST', '/v1/config/plan', draft)),
    replace: async (source, base) =>
      configApplied.parse(await send('PUT', '/v1/config', { source }, condition(base))),
    patch: async (patch, base) =>
      configApplied.parse(await send('PATCH', '/v1/config', patch, condition(base))),
    revisions: async () => configRevisions.parse(await send('GET', '/v1/config/revisions')),
    revision: async (number) => configRevisionView.parse(await send('GET', `/v1/config/revisions/${number}`)),
    diff: async (from, to) =>
      configDiff.parse(await send('GET', `/v1/config/diff?from=${from}${to === null ? '' : `&to=${to}`}`)),
    rollback: async (revision) =>
      configApplied.parse(await send('POST', '/v1/config/rollback', { revision })),
  };
}

function condition(base: string | undefined): Record<string, string> {
  return base === undefined ? {} : { 'if-match': `"${base}"` };
}
