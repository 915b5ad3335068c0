import { createNodeClient } from '../../../client/node.ts';
import { DaemonNotRunningError } from '../../../errors/http.ts';
import type { ConfigApi } from '../../../protocol/config-api.ts';
import type { CliContext } from '../../kit/context.ts';
import { LocalConfig } from './local.ts';

/** Access to the configuration of a home, through its daemon when one runs and directly to the files otherwise. */
export interface ConfigAccess extends ConfigApi {
  /** Whether a daemon runs on this home. If not, a written configuration takes effect at the next start. */
  daemon: boolean;
}

/**
 * Opens the configuration through the running daemon, or through the files of the home when no daemon runs. Rejects with
 * DaemonNotRunningError when `--url` names a daemon that does not answer, because its files are not known here.
 */
export async function accessConfig({ home, target }: CliContext): Promise<ConfigAccess> {
  const client = createNodeClient(target);
  try {
    await client.sendRequest('GET', '/healthz');
    return { daemon: true, ...client.config };
  } catch (error) {
    if ('url' in target || !(error instanceof DaemonNotRunningError)) throw error;
    const local = new LocalConfig(home);
    return {
      daemon: false,
      show: () => local.show(),
      plan: (draft) => local.plan(draft),
      replace: (source, base) => local.replace(source, base),
      patch: (patch, base) => local.patch(patch, base),
      listRevisions: () => local.listRevisions(),
      getRevision: (number) => local.getRevision(number),
      diff: (from, to) => local.diff(from, to),
      rollback: (number) => local.rollback(number),
    };
  }
}
