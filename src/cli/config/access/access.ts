import { connect } from '../../../client/client.ts';
import { DaemonNotRunningError } from '../../../errors/http.ts';
import type { ConfigApi } from '../../../protocol/config-api.ts';
import type { Cli } from '../../kit/context.ts';
import { LocalConfig } from './local.ts';

/** The configuration, through the daemon when one runs. */
export interface ConfigAccess extends ConfigApi {
  /** False: no daemon runs on this home; what is written is used at its next start. */
  daemon: boolean;
}

/** Without a daemon the home's files themselves. Throws DaemonNotRunningError when `--url` names one that is away. */
export async function accessConfig({ home, target }: Cli): Promise<ConfigAccess> {
  const client = connect(target);
  try {
    await client.call('GET', '/healthz');
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
      revisions: () => local.revisions(),
      revision: (number) => local.revision(number),
      diff: (from, to) => local.diff(from, to),
      rollback: (number) => local.rollback(number),
    };
  }
}
