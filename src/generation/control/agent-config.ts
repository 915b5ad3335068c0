import { mergePatch } from '../../config/edit.ts';
import { ConfigFile } from '../../config/file.ts';
import { planChange } from '../../config/plan.ts';
import { ConfigError } from '../../errors/config.ts';
import type { ConfigApi } from '../../protocol/config-api.ts';
import type { ConfigCaller, ConfigOutcome, ConfigPatch, ConfigPort } from '../../tools/config-tool/port.ts';
import { refusedKeys } from './permission.ts';
import type { ControlPorts } from './ports.ts';

type Ports = Pick<ControlPorts, 'home' | 'env' | 'running'> & {
  /** Tells the log who has changed what, or was not allowed to. */
  report(event: string, about: Record<string, unknown>): void;
};

/** See ConfigPort. What is allowed is what the configuration that runs says, at the moment of the call. */
export class AgentConfig implements ConfigPort {
  readonly #ports: Ports;
  readonly #control: Pick<ConfigApi, 'patch'>;
  readonly #file: ConfigFile;

  constructor(ports: Ports, control: Pick<ConfigApi, 'patch'>) {
    this.#ports = ports;
    this.#control = control;
    this.#file = new ConfigFile(ports.home, ports.env, () => ports.running().checked.secrets);
  }

  async show() {
    return { source: this.#file.shown(), revision: this.#ports.running().revision, allowed: this.#allowed };
  }

  async plan(patch: ConfigPatch) {
    const { plan, refused } = this.#judge(patch);
    return { ...plan, refused };
  }

  async patch(patch: ConfigPatch, { session, call }: ConfigCaller): Promise<ConfigOutcome> {
    const { plan, refused, base } = this.#judge(patch);
    if (refused.length > 0) {
      const keys = refused.map(({ path }) => path);
      this.#ports.report('config:change_refused', { session, call, keys });
      return { done: false, refused };
    }
    const { revision, applied, handover } = await this.#control.patch(patch, base);
    const done = { revision, applied, handover, keys: plan.changes.map(({ path }) => path) };
    this.#ports.report('config:changed_by_agent', { session, call, ...done });
    return { done: true, ...done };
  }

  /** Against the present file, and not what runs: a person's unfinished change is not the agent's. */
  #judge(patch: ConfigPatch) {
    const present = this.#file.present();
    if (present.result instanceof ConfigError) throw present.result;
    const after = this.#file.draft(mergePatch(present.text, patch), present);
    const plan = planChange(present.result, after);
    return { plan, refused: refusedKeys(plan, this.#allowed, present.result, after), base: present.hash };
  }

  get #allowed(): readonly string[] {
    return this.#ports.running().checked.config.tools.config.keys;
  }
}
