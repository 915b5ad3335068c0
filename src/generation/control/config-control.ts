import type { CheckedConfig } from '../../config/check/check.ts';
import { mergePatch } from '../../config/revisions/edit.ts';
import { type ChangedConfig, ConfigFile } from '../../config/revisions/file.ts';
import { ConfigHistory } from '../../config/revisions/history.ts';
import { planChange } from '../../config/revisions/plan.ts';
import { RevisionStore } from '../../config/revisions/revisions.ts';
import { ConfigError } from '../../errors/config.ts';
import { NotAppliedError } from '../../errors/control.ts';
import type {
  ConfigApplied,
  ConfigDraft,
  ConfigPlan,
  ConfigTrouble,
  ConfigView,
} from '../../protocol/config.ts';
import type { ConfigApi } from '../../protocol/config-api.ts';
import { affectedBy, estimate } from './effects.ts';
import type { ControlPorts } from './ports.ts';
import { HandoverReports } from './reports.ts';

/** Number of recent handovers that an estimate is based on. */
const EXPERIENCE = 9;

/**
 * Shows and changes the configuration over the API. The file is the single source: a change is written to it and
 * then put in force from there, so that file and daemon agree.
 */
export class FileConfigControl implements ConfigApi {
  readonly #ports: ControlPorts;
  readonly #file: ConfigFile;
  readonly #history: ConfigHistory;
  readonly #reports: HandoverReports;

  constructor(ports: ControlPorts) {
    this.#ports = ports;
    this.#file = new ConfigFile(ports.home, ports.env, () => ports.running().checked.secrets);
    this.#history = new ConfigHistory(this.#file, new RevisionStore(ports.home));
    this.#reports = new HandoverReports(ports.home);
  }

  async show(): Promise<ConfigView> {
    const present = this.#file.present();
    const { revision, state } = this.#ports.running();
    return {
      source: this.#file.shown(present),
      hash: present.hash,
      origin: present.exists ? 'file' : 'default',
      ...(present.text === undefined ? { readable: false as const } : {}),
      revision: { number: revision, state },
      problem: this.#ports.problem() ?? troubleOf(present.result, this.#ports.now()),
      writable: this.#file.writable,
    };
  }

  async plan({ source, patch }: ConfigDraft): Promise<ConfigPlan> {
    const present = this.#file.present();
    const { checked } = this.#ports.running();
    const after =
      source === undefined
        ? this.#file.draftEdit((text) => mergePatch(text, patch), present)
        : this.#file.draft(source, present);
    const plan = planChange(checked, after);
    const warnings = after.warnings.length === 0 ? {} : { warnings: after.warnings };
    const affected = await affectedBy(plan, this.#ports.sessions);
    const earlier = this.#reports.list({ limit: EXPERIENCE });
    return {
      ...plan,
      ...warnings,
      affected,
      estimate: estimate(plan, affected, checked.config.handover, earlier),
    };
  }

  async replace(source: string, base?: string): Promise<ConfigApplied> {
    return this.#apply(this.#file.replace(source, base), 'the configuration was replaced');
  }

  async patch(patch: unknown, base?: string): Promise<ConfigApplied> {
    const changed = this.#file.edit((present) => mergePatch(present, patch), base);
    return this.#apply(changed, 'the configuration was changed');
  }

  async revisions() {
    return { revisions: this.#history.list(), current: this.#ports.running().revision };
  }

  async revision(number: number) {
    return this.#history.show(number);
  }

  async diff(from: number, to: number | null) {
    return this.#history.diff(from, to);
  }

  async rollback(number: number): Promise<ConfigApplied> {
    const source = this.#history.sourceToRestore(number);
    const changed = this.#file.replace(source);
    return this.#apply(changed, `the configuration was rolled back to revision ${number}`);
  }

  async #apply({ hash }: ChangedConfig, reason: string): Promise<ConfigApplied> {
    const answer = await this.#ports.ask('reload', reason);
    if (answer.what === 'refused') throw new NotAppliedError(answer.message);
    if (answer.what !== 'reload') throw new NotAppliedError('the supervisor sent a reply to another request');
    const { revision, applied, handover, keys } = answer;
    return { revision, applied, handover, keys, hash };
  }
}

/** Describes the problem of a file that the supervisor has not checked yet; null when the file is valid. */
function troubleOf(result: CheckedConfig | ConfigError, now: number): ConfigTrouble | null {
  if (!(result instanceof ConfigError)) return null;
  return { message: result.message, problems: [...result.problems], since: now };
}
