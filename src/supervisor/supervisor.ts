import { ExitCode } from '../errors/errors.ts';
import { Opening } from './handover/cold-start.ts';
import type { Looked, Parts } from './handover/deps.ts';
import { LiveChange } from './handover/live-change.ts';
import { PlannedHandover } from './handover/planned-handover.ts';
import { Succession } from './handover/promotion.ts';
import type { Answer, Cause, ToSupervisor } from './ipc/messages.ts';
import { budgetsFor } from './process/budgets.ts';
import { defaultCrashPolicy } from './process/crash-policy.ts';
import { Crashes } from './process/crashes.ts';
import type { GenerationExit, GenerationProcess } from './process/generation-process.ts';
import { Announcer } from './status-broadcaster.ts';

/** Why the supervisor ended, and with which code its process shall exit. */
export interface ExitReason {
  exitCode: number;
  reason: string;
}

/** As a shell reports a process that Ctrl-C has ended. */
const INTERRUPTED = 130;

/**
 * What one supervisor does, one thing at a time.
 *
 *   opening      → nobody serves: a generation is started, at once or after a pause; left when it serves
 *   serving      → waits; left by a crash, a wish, or a look at the configuration file
 *   looking      → compares the file with what runs: nothing to do, a live change, or a handover is wanted
 *   handing over → a candidate boots beside the generation that serves; left when it serves or has failed
 *   stopping     → a stop was wanted: every generation drains, which its budgets enforce; the end
 *
 * After a handover the former generation drains while the supervisor is serving again. The next handover waits until
 * it has ended; looks and live changes do not. A stop ends any of these; so does a second Ctrl-C, without draining.
 *
 * A restart clears the crash record: it is how a person says that the cause is mended. So does a changed file.
 *
 * A generation that exits with code 78 before it serves says that this store is not for this release; trying again is
 * of no use. At the daemon's start, and when not even rescue mode can do with it, the supervisor ends with 78, which
 * service managers can be told not to restart. Once a generation has served, people and clients rely on an answer:
 * rescue mode is tried first, at once.
 */
export class Supervisor {
  readonly #parts: Parts;
  readonly #crashes: Crashes;
  readonly #succession: Succession;
  readonly #opening: Opening;
  readonly #planned: PlannedHandover;
  readonly #live: LiveChange;
  readonly #announcer: Announcer;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#crashes = new Crashes(parts.options.crashPolicy ?? defaultCrashPolicy, parts.log);
    this.#live = new LiveChange(parts);
    this.#announcer = new Announcer(parts, () => this.#crashes.reasons);
    this.#succession = new Succession(parts, {
      heard: (message, from) => this.#hear(message, from),
      crashed: (exit) => this.#crashed(exit),
      changed: () => {
        this.#announcer.writeStatus();
        this.#announcer.changed();
      },
      served: (generation) => {
        this.#announcer.writeStatus();
        this.#announcer.tell(generation);
      },
    });
    this.#opening = new Opening(parts, this.#succession, this.#crashes);
    this.#planned = new PlannedHandover(parts, this.#succession, this.#crashes);
  }

  async run(): Promise<ExitReason> {
    const { bell, fleet, wishes } = this.#parts;
    const handover = () => fleet.leaving.length === 0 && wishes.handover !== null;
    for (;;) {
      const { serving } = fleet;
      if (wishes.stop) return this.#stop(wishes.stop);
      if (!serving) {
        const refusal = await this.#opening.attempt();
        if (refusal) return this.#refused(refusal);
      } else if (wishes.look) await this.#look(serving);
      else if (handover()) await this.#handOver(serving);
      else await bell.until(() => wishes.stop !== null || !fleet.serving || wishes.look || handover());
    }
  }

  /** Something that generations show has changed. */
  changed(): void {
    this.#announcer.changed();
  }

  /** Wants another generation; returns the id of the handover that it will be. */
  want(cause: Cause, reason: string, again: boolean, by: string | null = null): string {
    const { wishes, chronicle, fleet, keeper } = this.#parts;
    const joinable = again ? this.#planned.joinable : null;
    if (joinable !== null) return joinable;
    const foretell = () => {
      const { revision } = keeper.current.accepted;
      const from = fleet.serving?.number ?? null;
      return chronicle.foretell({ cause, reason, from, revision: { from: revision, to: revision } });
    };
    // What serves already may be of an older file, or release, than the one that is wanted.
    const opening = fleet.all.some(({ state }) => state === 'serving') ? null : this.#opening.id;
    return wishes.wantHandover(() => opening ?? foretell(), { cause, reason, by, again });
  }

  /** SIGHUP: look at the file, and when that changes nothing, restart. */
  reload(reason: string): void {
    const { wishes, fleet } = this.#parts;
    wishes.wantLook({
      tell: ({ look, answer }) => {
        const changed = answer.what === 'reload' && answer.applied !== 'none';
        const broken = look.what === 'unusable' && look.why === 'broken';
        if (changed || (broken && fleet.serving?.mode === 'normal')) return;
        this.want('signal', reason, true);
      },
    });
  }

  stop(reason: string): string {
    const { wishes, chronicle, fleet } = this.#parts;
    const id = wishes.wantStop(() => chronicle.nextId(), reason);
    for (const each of fleet.all) {
      each.abandon();
      if (wishes.atOnce) each.kill('was killed: Ctrl-C came twice');
    }
    return id;
  }

  async #handOver(serving: GenerationProcess): Promise<void> {
    const { bell, wishes } = this.#parts;
    const wanted = wishes.takeHandover();
    if (!wanted) return;
    let over = false;
    const handover = this.#planned.run(wanted, serving).finally(() => {
      over = true;
      bell.ring();
    });
    // Until it is over a candidate may take long. What is wanted meanwhile is decided afterwards, but not used only then.
    for (let seen = 0; !over; seen = wishes.lookedFor) {
      await bell.until(() => over || (wishes.look && wishes.lookedFor !== seen));
      if (!over) this.#lookAhead(serving);
    }
    await handover;
    this.#settle();
  }

  #lookAhead(serving: GenerationProcess): void {
    const { keeper } = this.#parts;
    const look = keeper.look();
    if (look.what === 'changed' && serving.mode === 'normal') this.#live.ahead(keeper.propose(look));
  }

  #settle(): void {
    const { wishes } = this.#parts;
    if (!wishes.look && !wishes.handover) this.#live.settle();
  }

  async #look(serving: GenerationProcess): Promise<void> {
    const { wishes } = this.#parts;
    const looks = wishes.takeLooks();
    const looked = await this.#follow(serving);
    for (const each of looks) each.tell(looked);
    this.#settle();
  }

  async #follow(serving: GenerationProcess): Promise<Looked> {
    const { keeper, fleet } = this.#parts;
    const look = keeper.look();
    const { revision } = keeper.current.accepted;
    if (look.what === 'unusable') return { look, answer: { what: 'refused', message: look.message } };
    if (look.what === 'same') {
      if (look.refreshed) fleet.apply(keeper.current.accepted);
      return { look, answer: { what: 'reload', revision, applied: 'none', handover: null, keys: [] } };
    }
    const { keys } = look;
    if (look.how === 'handover' || serving.mode === 'rescue') {
      // Until those that leave have left, it has to wait.
      if (fleet.leaving.length > 0 && serving.mode === 'normal') this.#live.ahead(keeper.propose(look));
      const handover = this.want('config', `changed: ${keys.join(', ')}`, false);
      return { look, answer: { what: 'reload', revision, applied: 'handover', handover, keys } };
    }
    const candidate = keeper.propose(look);
    const refusal = await this.#live.apply(candidate, serving);
    if (refusal !== null) return { look, answer: { what: 'refused', message: refusal } };
    const now = candidate.accepted.revision;
    return { look, answer: { what: 'reload', revision: now, applied: 'live', handover: null, keys } };
  }

  #hear(message: ToSupervisor, from: GenerationProcess): void {
    this.#live.heard(message, from);
    if (message.type === 'ready') this.#announcer.tell(from);
    if (message.type === 'ready' || message.type === 'serving') this.#announcer.writeStatus();
    if (message.type !== 'ask') return;
    const { request, what, reason, by = null } = message;
    const answer = (given: Answer) => from.tell({ type: 'answer', request, answer: given });
    const { wishes } = this.#parts;
    if (what === 'stop') answer({ what, handover: this.stop(reason) });
    else if (wishes.stop)
      answer({ what: 'refused', message: `The daemon is stopping: ${wishes.stop.reason}.` });
    else if (what === 'restart') answer({ what, handover: this.want('restart', reason, true, by) });
    else wishes.wantLook({ tell: (looked) => answer(looked.answer) });
  }

  #crashed(exit: GenerationExit): void {
    const { keeper, fleet } = this.#parts;
    this.#crashes.note(exit);
    const failed = keeper.current.accepted.revision;
    if (!keeper.fallBack(exit.end)) return;
    this.#crashes.forget();
    // A restart was under way.
    const { candidate } = fleet;
    if (candidate?.revision === failed) candidate.kill('was killed: its revision was given up');
  }

  /** Every generation drains; those that serve nobody yet are dead already. */
  async #stop({ id, reason }: { id: string; reason: string }): Promise<ExitReason> {
    const { bell, chronicle, fleet, keeper, log, wishes } = this.#parts;
    this.#announcer.stopping(reason);
    this.#giveUp(reason);
    const { serving } = fleet;
    const { revision } = keeper.current.accepted;
    const about = { cause: 'stop', reason, from: serving?.number ?? null } as const;
    const record = chronicle.begin({ id, ...about, revision: { from: revision, to: revision } });
    record.enter('draining');
    const hint = reason === 'SIGINT' ? { hint: 'Ctrl-C again stops at once' } : {};
    log.info({ pid: serving?.pid ?? null, what: 'stop', reason, ...hint }, 'supervisor:draining');
    fleet.dethrone();
    for (const each of fleet.all)
      each.drain(reason, budgetsFor(keeper.current.checked.config.handover), null);
    if (serving) chronicle.departs(serving, record);
    await bell.until(() => fleet.all.length === 0);
    if (!serving) record.ended();
    chronicle.flush();
    const exitCode = wishes.atOnce ? INTERRUPTED : ExitCode.ok;
    log.info({ reason, exitCode }, 'supervisor:stopped');
    return { exitCode, reason };
  }

  /** What is wanted and has not begun yet will not. */
  #giveUp(reason: string): void {
    const { chronicle, fleet, keeper, wishes } = this.#parts;
    const opening = this.#opening.id;
    this.#opening.abandon(reason);
    for (const each of wishes.takeLooks()) each.tell(stopping(reason));
    const wanted = wishes.takeHandover();
    if (!wanted || wanted.id === opening) return;
    const { revision } = keeper.current.accepted;
    const about = { from: fleet.serving?.number ?? null, revision: { from: revision, to: revision } };
    chronicle.begin({ ...wanted, ...about }).fail(`the daemon was stopped: ${reason}`);
  }

  /** The generation has said why on stderr. */
  #refused({ end }: GenerationExit): ExitReason {
    this.#parts.log.fatal({ end, exitCode: ExitCode.config }, 'supervisor:stopped');
    this.#opening.abandon(`the generation ${end}`);
    return { exitCode: ExitCode.config, reason: `the generation ${end}` };
  }
}

function stopping(reason: string): Looked {
  const message = `The daemon is stopping: ${reason}.`;
  return { look: { what: 'unusable', why: 'failed', message }, answer: { what: 'refused', message } };
}
