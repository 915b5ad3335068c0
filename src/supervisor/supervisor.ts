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

/**
 * The result of a supervisor's run: why it ended, as a sentence part for the log, and the exit code for its
 * process.
 */
export interface ExitReason {
  exitCode: number;
  reason: string;
}

/** Exit code after Ctrl-C came twice: 128 + SIGINT, as shells report an interrupted process. */
const INTERRUPTED = 130;

/**
 * The supervisor's main loop. It does one thing at a time:
 *
 *   cold start   → no generation serves: one is started, at once or after a pause; left when it serves
 *   serving      → waits; left by a crash, a request, or a change of the configuration file
 *   checking     → compares the file with the active revision: no change, a live change, or a handover is
 *                  requested
 *   handing over → a candidate boots beside the serving generation; left when the candidate serves or has failed
 *   stopping     → a stop was requested: every generation drains within its budgets; the end
 *
 * After a handover the former generation drains while the supervisor is serving again. The next handover waits
 * until that generation has ended; file checks and live changes do not wait. A stop ends any of these states; a
 * second Ctrl-C ends them without draining.
 *
 * A requested restart clears the crash history, because it is how an operator says that the cause is fixed. A
 * changed configuration file clears it too.
 *
 * A generation that exits with code 78 before it serves says that this release cannot use the store, so that
 * another try is useless. At the daemon's start, and when rescue mode fails in the same way, the supervisor ends
 * with 78; service managers can be configured not to restart on that code. Once a generation has served, clients
 * rely on an answer, so rescue mode is tried first, at once.
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

  /** Sends the current state to all generations, because something that their `/v1/status` shows has changed. */
  changed(): void {
    this.#announcer.changed();
  }

  /**
   * Requests a handover to another generation. Returns the id of the handover that will fulfil the request, which
   * may be one that is already pending or under way. `again`: also try content that has failed before.
   */
  want(cause: Cause, reason: string, again: boolean, by: string | null = null): string {
    const { wishes, chronicle, fleet, keeper } = this.#parts;
    const joinable = again ? this.#planned.joinable : null;
    if (joinable !== null) return joinable;
    const foretell = () => {
      const { revision } = keeper.current.accepted;
      const from = fleet.serving?.number ?? null;
      return chronicle.foretell({ cause, reason, from, revision: { from: revision, to: revision } });
    };
    // A cold start under way fulfils the request only while none of its generations serves: a serving one may have
    // an older configuration or release than the one requested.
    const opening = fleet.all.some(({ state }) => state === 'serving') ? null : this.#opening.id;
    return wishes.wantHandover(() => opening ?? foretell(), { cause, reason, by, again });
  }

  /**
   * Handles SIGHUP: checks the configuration file, and requests a restart when the file changes nothing or is
   * broken in rescue mode.
   */
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
    // A candidate may take long to boot. The file is checked meanwhile, so that withdrawn permissions take effect
    // now; everything else is decided after the handover.
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
      // The handover has to wait until the leaving generations have ended.
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
    // The candidate of a restart that was under way has the failed revision as well.
    const { candidate } = fleet;
    if (candidate?.revision === failed) candidate.kill('was killed: its revision was given up');
  }

  /**
   * Drains every generation and resolves when all of them have ended. Generations that did not serve yet were
   * killed when the stop was requested.
   */
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

  /**
   * Refuses all pending requests because the daemon stops: the cold start, the file checks and the handover that
   * has not begun.
   */
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

  /**
   * Ends the supervisor because a generation refused the store at boot. The generation has written the reason to
   * stderr.
   */
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
