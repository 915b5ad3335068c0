import { type AdvanceResult, advanceSession, type ExternalAction } from '../../../core/advance.ts';
import type { Command } from '../../../core/model/command.ts';
import type { Blame, RecordedEvent } from '../../../core/model/events.ts';
import type { NextAction } from '../../../core/model/next-action.ts';
import { getSessionStatus, getWaitReason, type SessionState } from '../../../core/model/state.ts';
import { orderCommands, yieldsToInput } from '../../../core/precedence.ts';
import {
  type RunningStep,
  RunningSteps,
  runningToolCall,
  toRunningStep,
} from '../../../core/steps/running-steps.ts';
import type { InboxEntry } from '../../../journal/inbox.ts';
import type { Interruption } from '../../../tools/port/tool.ts';
import type { Lease, LeaseBatch } from '../../engine.ts';
import { retryUntilDurable } from '../../port/durable.ts';
import { MAX_TIMER_DELAY, type RunnerPorts } from '../../port/ports.ts';
import { buildContext, findRefusals } from './context.ts';
import { describeStep, makeCutCommand, WITHDRAW_ALL, wasCut } from './cut.ts';
import { InboxReader } from './inbox-reader.ts';
import { performStep, type RequestElicitation } from './perform.ts';
import { priceUsage } from './price-usage.ts';
import { OpenElicitations, supersededResult } from './questions.ts';

/** Result of one crank; with `pass`, its append also gives up the session. */
type CrankResult = AdvanceResult & { pass: boolean };

/**
 * How a loaded session starts: `first` are the commands of its first crank, `blame` how far it is suspected
 * of the crash that ended its last process.
 */
type SessionStart = { first: readonly Command[]; blame: Blame };

/** What a session needs from the runner that holds it: its ports, admission of steps, and notifications. */
export interface SessionHost {
  ports: RunnerPorts;
  /** Whether this generation leaves; then a session is given up as soon as none of its steps is in flight. */
  readonly isLeaving: boolean;
  /**
   * Decides whether the session may start this step now. If not, the host calls the session back when that
   * may have changed.
   */
  admitStep(session: LiveSession, step: NextAction): boolean;
  onModelCallEnded(session: LiveSession): void;
  /** Called after each append, with the recorded events and the state before them. */
  onRecorded(session: LiveSession, before: SessionState, events: readonly RecordedEvent[]): void;
  /** Called after each append that did not give up the session. */
  onAdvanced(session: LiveSession): void;
  /** Called when the last append has passed the session. */
  onSessionPassed(session: LiveSession): void;
  /** Called when the session has nothing more to do for now. */
  onRested(session: LiveSession): void;
  /** Called when an error has stopped the session in this process; its running steps were asked to stop. */
  onSessionFailed(session: LiveSession, error: unknown): void;
}

/**
 * A session in memory. When it is woken, it takes its inbox and the ended steps, lets the core advance,
 * appends the batch, and only then performs the steps that started. One crank runs at a time; input that
 * arrives meanwhile is handled by the next.
 */
export class LiveSession {
  readonly name: string;
  /** The right to run the session; given back or passed by the runner. */
  readonly lease: Lease;
  state: SessionState;
  /** Position of the newest stored snapshot. */
  snapshotAt: number;
  readonly blame: Blame;
  /** When the session must be woken although no input arrives, in ms since the epoch; null for never. */
  wakeAt: number | null = null;
  readonly #host: SessionHost;
  readonly #running = new RunningSteps<AbortController>();
  readonly #questions = new OpenElicitations();
  readonly #inbox: InboxReader;
  /** Steps that the drain ended by force, by the names that operators see. */
  readonly cutSteps: string[] = [];
  #ended: { running: RunningStep; command: Command }[] = [];
  #commands: Command[] = [];
  #poked = false;
  #turning = false;
  #closed = false;
  #cancelWake: (() => void) | null = null;
  #withdraw = false;

  constructor(lease: Lease, state: SessionState, host: SessionHost, { first, blame }: SessionStart) {
    this.name = lease.session;
    this.lease = lease;
    this.state = state;
    this.snapshotAt = state.seq;
    this.blame = blame;
    this.#host = host;
    this.#inbox = new InboxReader(lease, () => host.isLeaving);
    this.#commands.push(...first);
    lease.onInput(() => this.wakeUp({ inbox: true }));
  }

  /** Number of steps in flight. */
  get stepsInFlight(): number {
    return this.#running.size;
  }

  /** Whether no step is in flight and no crank runs. */
  get isQuiet(): boolean {
    return this.#running.size === 0 && !this.#turning;
  }

  /** The steps in flight, by the names that operators see; for a parked session, what it waits for. */
  get holding(): string[] {
    if (this.#running.size > 0) return this.#running.list().map(({ step }) => describeStep(step, this.state));
    const waits = this.state.turn && getWaitReason(this.state.turn);
    return waits ? [waits] : [];
  }

  /** Name of the session's agent; empty before its first input. */
  get agent(): string {
    return this.state.agent || this.#inbox.firstAgent;
  }

  wakeUp(news: { inbox?: boolean; command?: Command } = {}): void {
    if (this.#closed) return;
    if (news.inbox) this.#inbox.markNew();
    if (news.command) this.#commands.push(news.command);
    this.#poked = true;
    if (!this.#turning) void this.#runCranks();
  }

  /** Asks the model calls or the tool calls in flight to stop; their ends are recorded as usual. */
  interruptSteps(which: 'models' | 'tools', reason: 'shutdown' | Interruption): void {
    const kind = which === 'models' ? 'model_call' : 'tool_call';
    for (const { step, value } of this.#running.list()) if (step.kind === kind) value.abort(reason);
  }

  /**
   * Releases resumable calls, whose work continues outside this process, and withdraws open elicitations,
   * because a leaving process waits for neither.
   */
  releaseExternalWork(): void {
    this.#withdraw = true;
    if (this.#questions.hasOpen) this.wakeUp();
    for (const { call, resumable } of this.state.turn?.tools ?? []) {
      if (resumable) this.#running.get(runningToolCall(call))?.abort('detach' satisfies Interruption);
    }
  }

  /** Ends every step in flight by force, whether or not it stops. */
  cutRunningSteps(): void {
    for (const { step: running, value: controller } of this.#running.list()) {
      controller.abort('detach' satisfies Interruption);
      this.#ended.push({ running, command: makeCutCommand(running) });
    }
    this.wakeUp();
  }

  /** Stops all work in memory without recording anything more. */
  close(): void {
    this.#closed = true;
    this.#cancelWake?.();
    for (const { value } of this.#running.list()) value.abort('detach' satisfies Interruption);
    this.#questions.close();
  }

  async #runCranks(): Promise<void> {
    this.#turning = true;
    try {
      while (this.#poked && !this.#closed) {
        this.#poked = false;
        await this.#crankOnce();
      }
    } catch (error) {
      this.close();
      this.#host.onSessionFailed(this, error);
    } finally {
      this.#turning = false;
      this.#host.onRested(this);
    }
  }

  async #crankOnce(): Promise<void> {
    const entries = await this.#inbox.takeEntries();
    const ended = this.#ended.splice(0).filter(({ running }) => this.#running.has(running));
    for (const { running, command } of ended) this.#endStep(running, command);
    const own = [...ended.map(({ command }) => command), ...this.#commands.splice(0)];
    for (const each of own)
      if (each.type === 'ask') this.#questions.markRecorded(each.call, each.inquiry, this.state);
    const result = await this.#appendBatch(own, entries);
    if (!result || this.#closed) return;
    const refusals = await findRefusals(this.#host.ports, this, result);
    if (this.#closed) return;
    const before = this.state;
    this.state = result.state;
    this.#host.onRecorded(this, before, result.events);
    this.#questions.resolveDecided(this.state);
    if (result.pass) return this.#host.onSessionPassed(this);
    this.#armWakeTimer(result.wakeAt);
    for (const step of result.perform) this.#startStep(step, refusals.get(step));
    this.#host.onAdvanced(this);
    // The new grant may cover other calls that wait.
    if (result.grants.length > 0) this.#poked = true;
  }

  /**
   * Appends the events that the commands and inputs lead to; resolves with the result once it is durable,
   * `undefined` when the session was closed before. When the journal refuses the batch, the core decides
   * again before each retry, because meanwhile a permission may have been taken away, an input may have
   * arrived, or the drain may have begun.
   */
  async #appendBatch(
    own: readonly Command[],
    first: readonly InboxEntry[],
  ): Promise<CrankResult | undefined> {
    const host = this.#host;
    let entries = first;
    let offered: CrankResult | undefined;
    await retryUntilDurable(
      host.ports,
      this.name,
      async () => {
        if (offered) entries = await this.#inbox.readEntries();
        if (offered?.perform.some(({ kind }) => kind === 'call_model')) host.onModelCallEnded(this);
        const received = entries.map(({ agent, input }): Command => ({ type: 'receive', agent, input }));
        // Last, so that decisions made until now still count.
        const last = this.#withdraw ? [WITHDRAW_ALL] : [];
        const commands = [...orderCommands(own, received), ...last];
        const context = await buildContext(host.ports, this, this.#running);
        const result = advanceSession(this.state, commands, context, (step) => host.admitStep(this, step));
        const pass = host.isLeaving && this.#running.size === 0 && result.perform.length === 0;
        offered = { ...result, pass };
        if (result.events.length === 0 && !pass) return;
        await this.lease.append(await this.#makeAppend(offered, entries));
      },
      () => this.#closed,
    );
    return offered;
  }

  #endStep(running: RunningStep, command: Command): void {
    if (wasCut(command, this.state)) this.cutSteps.push(describeStep(running, this.state));
    this.#running.delete(running);
  }

  async #makeAppend(
    { events, state, wakeAt, send, approvals, grants, usage, perform, pass }: CrankResult,
    entries: readonly InboxEntry[],
  ): Promise<LeaseBatch> {
    const { name: session } = this;
    return {
      ...{ events, wakeAt, pass, send, grants },
      usage: await priceUsage(this.#host.ports, usage),
      consumed: entries.map(({ entry }) => entry),
      // An input that this release cannot read must not block the append.
      yields: !this.#inbox.isUnreadable && yieldsToInput(events),
      status: getSessionStatus(state, this.#running.size > 0 || perform.length > 0),
      approvals: approvals.map((approval) => ({ ...approval, session, agent: state.agent })),
    };
  }

  #armWakeTimer(at: number | null): void {
    this.wakeAt = at;
    this.#cancelWake?.();
    const { clock } = this.#host.ports;
    if (at === null) this.#cancelWake = null;
    else {
      const delay = Math.min(Math.max(0, at - clock.now()), MAX_TIMER_DELAY);
      this.#cancelWake = clock.after(delay, () => this.wakeUp());
    }
  }

  /** Starts a step. With `refusal`, a tool call ends at once with that reason. */
  #startStep(step: ExternalAction, refusal?: string): void {
    if (step.kind === 'abort') {
      this.#running.get(step.running)?.abort('cancelled');
      return;
    }
    const running = toRunningStep(step);
    const controller = new AbortController();
    this.#running.set(running, controller);
    void performStep({
      ...{ ports: this.#host.ports, session: this.name, state: this.state, controller },
      requestElicitation: this.#requestElicitation,
      step,
      refusal,
    }).then((command) => {
      if (step.kind === 'call_model') this.#host.onModelCallEnded(this);
      this.#ended.push({ running, command });
      this.wakeUp();
    });
  }

  readonly #requestElicitation: RequestElicitation = (call, inquiry, signal) => {
    const { key } = inquiry;
    if (this.#closed || this.#withdraw || signal?.aborted) return Promise.resolve(supersededResult(key));
    const withdraw = () => this.wakeUp({ command: { type: 'withdraw', only: { call, key } } });
    signal?.addEventListener('abort', withdraw, { once: true });
    return this.#questions.addElicitation(call, inquiry, () =>
      this.wakeUp({ command: { type: 'ask', call, inquiry } }),
    );
  };
}
