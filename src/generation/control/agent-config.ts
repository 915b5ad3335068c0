import { applyMergePatch } from '../../config/revisions/edit.ts';
import { ConfigFile } from '../../config/revisions/file.ts';
import { planChange } from '../../config/revisions/plan.ts';
import { ConfigError } from '../../errors/config.ts';
import type { ConfigApi } from '../../protocol/config-api.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import type {
  AskedKey,
  ConfigApproval,
  ConfigCaller,
  ConfigMergePatch,
  ConfigOutcome,
  ConfigPort,
  RefusedKey,
} from '../../tools/config-tool/port.ts';
import { type AllowedChanges, judgeChange } from './permission.ts';
import type { ControlPorts } from './ports.ts';

type AgentConfigPorts = Pick<ControlPorts, 'home' | 'env' | 'running'> & {
  /** Resolves with the agent of a session; `undefined` when there is no such session. */
  agentOf(session: string): Promise<string | undefined>;
  /** Logs who has changed which keys, or whose change was refused. */
  report: EmitEvent;
};

/**
 * Implements the config tool's port. Every call is judged by the permissions in the configuration that is in force
 * at that moment.
 */
export class AgentConfigControl implements ConfigPort {
  readonly #ports: AgentConfigPorts;
  readonly #control: Pick<ConfigApi, 'patch'>;
  readonly #file: ConfigFile;

  constructor(ports: AgentConfigPorts, control: Pick<ConfigApi, 'patch'>) {
    this.#ports = ports;
    this.#control = control;
    this.#file = new ConfigFile(ports.home, ports.env, () => ports.running().checked.secrets);
  }

  async showConfig() {
    const { keys, unlisted } = this.#allowed;
    const present = this.#file.readPresent();
    if (present.text === undefined && present.result instanceof ConfigError) throw present.result;
    return {
      source: this.#file.maskPresent(present),
      revision: this.#ports.running().revision,
      allowed: keys,
      unlisted,
    };
  }

  async planChange(patch: ConfigMergePatch, { session }: ConfigCaller) {
    const { plan, refused, asks } = this.#judgePatch(patch, await this.#ports.agentOf(session));
    return { ...plan, refused, asks };
  }

  async applyPatch(
    patch: ConfigMergePatch,
    { session, call }: ConfigCaller,
    approval?: ConfigApproval,
  ): Promise<ConfigOutcome> {
    const { plan, asks, base, ...judged } = this.#judgePatch(patch, await this.#ports.agentOf(session));
    const refused = [...judged.refused, ...(approval ? findUnapproved(asks, approval.keys) : [])];
    if (refused.length > 0) {
      const keys = refused.map(({ path }) => path);
      this.#ports.report('config:change_refused', { session, call, keys });
      return { done: false, refused, asks };
    }
    if (asks.length > 0 && !approval) return { done: false, refused, asks };
    const { revision, applied, handover } = await this.#control.patch(patch, base);
    const done = { revision, applied, handover, keys: plan.changes.map(({ path }) => path) };
    const by = approval ? { approvedBy: approval.from } : {};
    this.#ports.report('config:changed_by_agent', { session, call, ...by, ...done });
    return { done: true, ...done };
  }

  /**
   * Compares with the present file and not with the active configuration, so that an unfinished change of the
   * operator does not count as the agent's change.
   */
  #judgePatch(patch: ConfigMergePatch, caller = '') {
    const present = this.#file.readPresent();
    if (present.result instanceof ConfigError) throw present.result;
    const after = this.#file.draftEdit((text) => applyMergePatch(text, patch), present);
    const plan = planChange(present.result, after);
    return { plan, ...judgeChange(plan, this.#allowed, present.result, after, caller), base: present.hash };
  }

  get #allowed(): AllowedChanges {
    return this.#ports.running().checked.config.tools.config;
  }
}

/**
 * Lists the keys that no approver has seen with this change: the file may have changed since the question was
 * asked.
 */
function findUnapproved(asks: readonly AskedKey[], approved: readonly AskedKey[]): RefusedKey[] {
  const known = ({ path, change }: AskedKey) =>
    approved.some((each) => each.path === path && each.change === change);
  return asks
    .filter((key) => !known(key))
    .map(({ path, change }) => ({
      path,
      why: `the change would now be ${change}, which differs from what was approved, because the file has changed; call again to ask the approvers about it`,
    }));
}
