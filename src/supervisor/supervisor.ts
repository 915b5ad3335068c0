import { ExitCode } from '../errors/errors.ts';
import { ColdStart } from './handover/cold-start.ts';
import type { FileCheckResult, SupervisorDeps } from './handover/deps.ts';
import { LiveChange } from './handover/live-change.ts';
import { PlannedHandover } from './handover/planned-handover.ts';
import { Promotion } from './handover/promotion.ts';
import type { Cause, SupervisorReply, ToSupervisor } from './ipc/messages.ts';
import { computeBudgets } from './process/budgets.ts';
import { defaultCrashPolicy } from './process/crash-policy.ts';
import { CrashHistory } from './process/crashes.ts';
import type { GenerationExit, GenerationProcess } from './process/generation-process.ts';
import { StatusBroadcaster } from './status-broadcaster.ts';

/**
 * The result of a supervisor's run: why it ended, as a sentence part for the log, and the exit code for its
 * process.
 */
export interface ExitReason {
  exitCode: number;
  reason: string;
}

/** Exit code after Ctrl-C came twice: 128 + SIGINT, as shells report an interrupted process. */
const INTERRUPTED_EXIT_CODE = 130;

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
  readonly #deps: SupervisorDeps;
  readonly #crashes: CrashHistory;
  readonly #promotion: Promotion;
  readonly #coldStart: ColdStart;
  readonly #planned: PlannedHandover;
  readonly #live: LiveChange;
  readonly #broadcaster: StatusBroadcaster;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#crashes = new CrashHistory(deps.options.crashPolicy ?? defaultCrashPolicy, deps.log);
    this.#live = new LiveChange(deps);
    this.#broadcaster = new StatusBroadcaster(deps, () => this.#crashes.reasons);
    this.#promotion = new Promotion(deps, {
      onMessage: (message, from) => this.#handleMessage(message, from),
      onCrash: (exit) => this.#handleCrash(exit),
      onFleetChange: () => {
        this.#broadcaster.writeStatus();
        this.#broadcaster.broadcastState();
      },
      onServing: (generation) => {
        this.#broadcaster.writeStatus();
        this.#broadcaster.sendState(generation);
      },
    });
    this.#coldStart = new ColdStart(deps, this.#promotion, this.#crashes);
    this.#planned = new PlannedHandover(deps, this.#promotion, this.#crashes);
  }

  async run(): Promise<ExitReason> {
    const { notifier, fleet, requests } = this.#deps;
    const handover = () => fleet.leaving.length === 0 && requests.handover !== null;
    for (;;) {
      const { serving } = fleet;
      if (requests.stop) return this.#drainAndStop(requests.stop);
      if (!serving) {
        const refusal = await this.#coldStart.attemptStart();
        if (refusal) return this.#exitAfterRefusal(refusal);
      } else if (requests.hasFileChecks) await this.#answerFileChecks(serving);
      else if (handover()) await this.#runHandover(serving);
      else
        await notifier.waitUntil(
          () => requests.stop !== null || !fleet.serving || requests.hasFileChecks || handover(),
        );
    }
  }

  /** Sends the current state to all generations, because something that their `/v1/status` shows has changed. */
  broadcastState(): void {
    this.#broadcaster.broadcastState();
  }

  /**
   * Requests a handover to another generation. Returns the id of the handover that will fulfil the request, which
   * may be one that is already pending or under way. `again`: also try content that has failed before.
   */
  requestHandover(cause: Cause, reason: string, again: boolean, by: string | null = null): string {
    const { requests, handoverLog, fleet, activeConfig } = this.#deps;
    const joinable = again ? this.#planned.joinableId : null;
    if (joinable !== null) return joinable;
    const reserve = () => {
      const { revision } = activeConfig.current.accepted;
      const from = fleet.serving?.number ?? null;
      return handoverLog.reserve({ cause, reason, from, revision: { from: revision, to: revision } });
    };
    // A cold start under way fulfils the request only while none of its generations serves: a serving one may have
    // an older configuration or release than the one requested.
    const opening = fleet.all.some(({ state }) => state === 'serving') ? null : this.#coldStart.reportId;
    return requests.requestHandover(() => opening ?? reserve(), { cause, reason, by, again });
  }

  /**
   * Handles SIGHUP: checks the configuration file, and requests a restart when the file changes nothing or is
   * broken in rescue mode.
   */
  reloadConfig(reason: string): void {
    const { requests, fleet } = this.#deps;
    requests.requestFileCheck({
      onChecked: ({ look, answer }) => {
        const changed = answer.what === 'reload' && answer.applied !== 'none';
        const broken = look.what === 'unusable' && look.why === 'broken';
        if (changed || (broken && fleet.serving?.mode === 'normal')) return;
        this.requestHandover('signal', reason, true);
      },
    });
  }

  requestStop(reason: string): string {
    const { requests, handoverLog, fleet } = this.#deps;
    const id = requests.requestStop(() => handoverLog.nextId(), reason);
    for (const each of fleet.all) {
      each.cancelStart();
      if (requests.stopsAtOnce) each.kill('was killed: Ctrl-C came twice');
    }
    return id;
  }

  async #runHandover(serving: GenerationProcess): Promise<void> {
    const { notifier, requests } = this.#deps;
    const wanted = requests.takeHandover();
    if (!wanted) return;
    let over = false;
    const handover = this.#planned.run(wanted, serving).finally(() => {
      over = true;
      notifier.notifyAll();
    });
    // A candidate may take long to boot. The file is checked meanwhile, so that withdrawn permissions take effect
    // now; everything else is decided after the handover.
    for (let seen = 0; !over; seen = requests.fileCheckCount) {
      await notifier.waitUntil(() => over || (requests.hasFileChecks && requests.fileCheckCount !== seen));
      if (!over) this.#checkFileDuringHandover(serving);
    }
    await handover;
    this.#settleLiveChange();
  }

  #checkFileDuringHandover(serving: GenerationProcess): void {
    const { activeConfig } = this.#deps;
    const look = activeConfig.checkFile();
    if (look.what === 'changed' && serving.mode === 'normal')
      this.#live.applyAhead(activeConfig.proposeRevision(look));
  }

  #settleLiveChange(): void {
    const { requests } = this.#deps;
    if (!requests.hasFileChecks && !requests.handover) this.#live.settleAhead();
  }

  async #answerFileChecks(serving: GenerationProcess): Promise<void> {
    const { requests } = this.#deps;
    const looks = requests.takeFileChecks();
    const looked = await this.#applyFileCheck(serving);
    for (const each of looks) each.onChecked(looked);
    this.#settleLiveChange();
  }

  async #applyFileCheck(serving: GenerationProcess): Promise<FileCheckResult> {
    const { activeConfig, fleet } = this.#deps;
    const look = activeConfig.checkFile();
    const { revision } = activeConfig.current.accepted;
    if (look.what === 'unusable') return { look, answer: { what: 'refused', message: look.message } };
    if (look.what === 'same') {
      if (look.refreshed) fleet.applyConfig(activeConfig.current.accepted);
      return { look, answer: { what: 'reload', revision, applied: 'none', handover: null, keys: [] } };
    }
    const { keys } = look;
    if (look.how === 'handover' || serving.mode === 'rescue') {
      // The handover has to wait until the leaving generations have ended.
      if (fleet.leaving.length > 0 && serving.mode === 'normal')
        this.#live.applyAhead(activeConfig.proposeRevision(look));
      const handover = this.requestHandover('config', `changed: ${keys.join(', ')}`, false);
      return { look, answer: { what: 'reload', revision, applied: 'handover', handover, keys } };
    }
    const candidate = activeConfig.proposeRevision(look);
    const refusal = await this.#live.applyRevision(candidate, serving);
    if (refusal !== null) return { look, answer: { what: 'refused', message: refusal } };
    const now = candidate.accepted.revision;
    return { look, answer: { what: 'reload', revision: now, applied: 'live', handover: null, keys } };
  }

  #handleMessage(message: ToSupervisor, from: GenerationProcess): void {
    this.#live.recordMessage(message, from);
    if (message.type === 'ready') this.#broadcaster.sendState(from);
    if (message.type === 'ready' || message.type === 'serving') this.#broadcaster.writeStatus();
    if (message.type !== 'ask') return;
    const { request, what, reason, by = null } = message;
    const answer = (given: SupervisorReply) => from.sendMessage({ type: 'answer', request, answer: given });
    const { requests } = this.#deps;
    if (what === 'stop') answer({ what, handover: this.requestStop(reason) });
    else if (requests.stop)
      answer({ what: 'refused', message: `The daemon is stopping: ${requests.stop.reason}.` });
    else if (what === 'restart')
      answer({ what, handover: this.requestHandover('restart', reason, true, by) });
    else requests.requestFileCheck({ onChecked: (looked) => answer(looked.answer) });
  }

  #handleCrash(exit: GenerationExit): void {
    const { activeConfig, fleet } = this.#deps;
    this.#crashes.recordExit(exit);
    const failed = activeConfig.current.accepted.revision;
    if (!activeConfig.fallBack(exit.end)) return;
    this.#crashes.clearHistory();
    // The candidate of a restart that was under way has the failed revision as well.
    const { candidate } = fleet;
    if (candidate?.revision === failed) candidate.kill('was killed: its revision was given up');
  }

  /**
   * Drains every generation and resolves when all of them have ended. Generations that did not serve yet were
   * killed when the stop was requested.
   */
  async #drainAndStop({ id, reason }: { id: string; reason: string }): Promise<ExitReason> {
    const { notifier, handoverLog, fleet, activeConfig, log, requests } = this.#deps;
    this.#broadcaster.reportStopping(reason);
    this.#cancelPendingRequests(reason);
    const { serving } = fleet;
    const { revision } = activeConfig.current.accepted;
    const about = { cause: 'stop', reason, from: serving?.number ?? null } as const;
    const record = handoverLog.openRecord({ id, ...about, revision: { from: revision, to: revision } });
    record.enterPhase('draining');
    const hint = reason === 'SIGINT' ? { hint: 'Ctrl-C again stops at once' } : {};
    log.info({ pid: serving?.pid ?? null, what: 'stop', reason, ...hint }, 'supervisor:draining');
    fleet.retire();
    for (const each of fleet.all)
      each.startDraining(reason, computeBudgets(activeConfig.current.checked.config.handover), null);
    if (serving) handoverLog.trackDeparture(serving, record);
    await notifier.waitUntil(() => fleet.all.length === 0);
    if (!serving) record.completeDrain();
    handoverLog.flush();
    const exitCode = requests.stopsAtOnce ? INTERRUPTED_EXIT_CODE : ExitCode.ok;
    log.info({ reason, exitCode }, 'supervisor:stopped');
    return { exitCode, reason };
  }

  /**
   * Refuses all pending requests because the daemon stops: the cold start, the file checks and the handover that
   * has not begun.
   */
  #cancelPendingRequests(reason: string): void {
    const { handoverLog, fleet, activeConfig, requests } = this.#deps;
    const opening = this.#coldStart.reportId;
    this.#coldStart.failReport(reason);
    for (const each of requests.takeFileChecks()) each.onChecked(stoppingResult(reason));
    const wanted = requests.takeHandover();
    if (!wanted || wanted.id === opening) return;
    const { revision } = activeConfig.current.accepted;
    const about = { from: fleet.serving?.number ?? null, revision: { from: revision, to: revision } };
    handoverLog.openRecord({ ...wanted, ...about }).failWith(`the daemon was stopped: ${reason}`);
  }

  /**
   * Ends the supervisor because a generation refused the store at boot. The generation has written the reason to
   * stderr.
   */
  #exitAfterRefusal({ end }: GenerationExit): ExitReason {
    this.#deps.log.fatal({ end, exitCode: ExitCode.config }, 'supervisor:stopped');
    this.#coldStart.failReport(`the generation ${end}`);
    return { exitCode: ExitCode.config, reason: `the generation ${end}` };
  }
}

function stoppingResult(reason: string): FileCheckResult {
  const message = `The daemon is stopping: ${reason}.`;
  return { look: { what: 'unusable', why: 'failed', message }, answer: { what: 'refused', message } };
}
