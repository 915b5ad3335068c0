import type { CheckedConfig } from '../../config/check/check.ts';
import { applyMergePatch } from '../../config/revisions/edit.ts';
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
  ConfigProblems,
  ConfigView,
} from '../../protocol/config.ts';
import type { ConfigApi } from '../../protocol/config-api.ts';
import { countAffectedSessions, estimateDuration } from './effects.ts';
import type { ControlPorts } from './ports.ts';
import { HandoverReportReader } from './reports.ts';

/** Number of recent handovers that an estimate is based on. */
const ESTIMATE_SAMPLE = 9;

/**
 * Shows and changes the configuration over the API. The file is the single source: a change is written to it and
 * then put in force from there, so that file and daemon agree.
 */
export class FileConfigControl implements ConfigApi {
  readonly #ports: ControlPorts;
  readonly #file: ConfigFile;
  readonly #history: ConfigHistory;
  readonly #reports: HandoverReportReader;

  constructor(ports: ControlPorts) {
    this.#ports = ports;
    this.#file = new ConfigFile(ports.home, ports.env, () => ports.running().checked.secrets);
    this.#history = new ConfigHistory(this.#file, new RevisionStore(ports.home));
    this.#reports = new HandoverReportReader(ports.home);
  }

  async show(): Promise<ConfigView> {
    const present = this.#file.readPresent();
    const { revision, state } = this.#ports.running();
    return {
      source: this.#file.maskPresent(present),
      hash: present.hash,
      origin: present.exists ? 'file' : 'default',
      ...(present.text === undefined ? { readable: false as const } : {}),
      revision: { number: revision, state },
      problem: this.#ports.problem() ?? describeFileProblem(present.result, this.#ports.now()),
      writable: this.#file.isWritable,
    };
  }

  async plan({ source, patch }: ConfigDraft): Promise<ConfigPlan> {
    const present = this.#file.readPresent();
    const { checked } = this.#ports.running();
    const after =
      source === undefined
        ? this.#file.draftEdit((text) => applyMergePatch(text, patch), present)
        : this.#file.draftText(source, present);
    const plan = planChange(checked, after);
    const warnings = after.warnings.length === 0 ? {} : { warnings: after.warnings };
    const affected = await countAffectedSessions(plan, this.#ports.sessions);
    const earlier = this.#reports.listReports({ limit: ESTIMATE_SAMPLE });
    return {
      ...plan,
      ...warnings,
      affected,
      estimate: estimateDuration(plan, affected, checked.config.handover, earlier),
    };
  }

  async replace(source: string, base?: string): Promise<ConfigApplied> {
    return this.#requestReload(this.#file.replaceText(source, base), 'the configuration was replaced');
  }

  async patch(patch: unknown, base?: string): Promise<ConfigApplied> {
    const changed = this.#file.editText((present) => applyMergePatch(present, patch), base);
    return this.#requestReload(changed, 'the configuration was changed');
  }

  async listRevisions() {
    return { revisions: this.#history.listRevisions(), current: this.#ports.running().revision };
  }

  async getRevision(number: number) {
    return this.#history.getRevision(number);
  }

  async diff(from: number, to: number | null) {
    return this.#history.compareRevisions(from, to);
  }

  async rollback(number: number): Promise<ConfigApplied> {
    const source = this.#history.getRestorableSource(number);
    const changed = this.#file.replaceText(source);
    return this.#requestReload(changed, `the configuration was rolled back to revision ${number}`);
  }

  async #requestReload({ hash }: ChangedConfig, reason: string): Promise<ConfigApplied> {
    const answer = await this.#ports.askSupervisor('reload', reason);
    if (answer.what === 'refused') throw new NotAppliedError(answer.message);
    if (answer.what !== 'reload') throw new NotAppliedError('the supervisor sent a reply to another request');
    const { revision, applied, handover, keys } = answer;
    return { revision, applied, handover, keys, hash };
  }
}

/** Describes the problem of a file that the supervisor has not checked yet; null when the file is valid. */
function describeFileProblem(result: CheckedConfig | ConfigError, now: number): ConfigProblems | null {
  if (!(result instanceof ConfigError)) return null;
  return { message: result.message, problems: [...result.problems], since: now };
}
