import { isDeepStrictEqual } from 'node:util';
import { advanceSession, type ExternalAction } from '../../src/core/advance.ts';
import { deriveGrant } from '../../src/core/approvals/grants.ts';
import { foldEvents } from '../../src/core/evolve.ts';
import type { Command, DecisionContext, ModelCallEnd, ToolCallEnd } from '../../src/core/model/command.ts';
import type { Outcome, RecordedEvent, RelayedQuestion } from '../../src/core/model/events.ts';
import type { ToolCallPart } from '../../src/core/model/message.ts';
import type { CallVerdict, ContextBudget, Limits, NextAction } from '../../src/core/model/next-action.ts';
import type { SessionState } from '../../src/core/model/state.ts';
import { orderCommands } from '../../src/core/precedence.ts';
import { listRunningSteps, type RunningStep, toRunningStep } from '../../src/core/steps/running-steps.ts';
import { auditBatch } from './audit-batch.ts';
import { deepFreeze } from './freeze.ts';
import type { Admits, Happening } from './happening.ts';
import { SimulatedInbox } from './world-inbox.ts';
import { applyGrants, asBefore, inquiryOf, keyOf, UNKNOWN, VERDICTS } from './world-tools.ts';

type Begun = Extract<ExternalAction, { kind: 'call_model' | 'run_tool' }>;

const BEGINS: ReadonlySet<NextAction['kind']> = new Set(['call_model', 'run_tool', 'open_turn', 'join_turn']);
const ROUNDS = 400;

/**
 * Drives `advance` as a runner does: appends each batch in one go to a journal, then performs what was begun. The
 * journal and the inbox are durable; results that were not looked at die with the process.
 */
export class SimulatedWorld {
  readonly journal: RecordedEvent[];
  /** Lengths of the journal at which the process can have died. */
  readonly borders: number[] = [0];
  readonly limits: Limits;
  /** What was told to those who wait for a message's outcome. */
  readonly replies: { input: string; outcome: Outcome | 'unknown' }[] = [];
  /** What was told of questions to those who wait for this session, by the input, which is stored once. */
  readonly told = new Map<string, RelayedQuestion>();
  #state: SessionState;
  readonly #inbox = new SimulatedInbox();
  #running = new Map<string, Begun & { asked: boolean }>();
  #ended = new Map<string, Command>();
  #lastEnd: { name: string; command: Command } | undefined;
  #admits: Admits = 'all';
  #verdicts: Record<string, CallVerdict> = {};
  #room: ContextBudget = { window: 1_000_000, limit: 800_000, keepTurns: 4 };
  #now: number;
  #generation: number;
  /** What a process does first with a session that it found. */
  #first: Command[] = [];

  constructor(limits: Limits, journal: readonly RecordedEvent[] = []) {
    this.limits = limits;
    this.journal = [...journal];
    this.#state = deepFreeze(foldEvents(journal));
    this.#now = journal.at(-1)?.at ?? 1_000_000;
    const before = journal.map((event) => ('generation' in event ? event.generation : 0));
    this.#generation = Math.max(0, ...before) + 1;
    this.#first = [TAKE_OVER];
  }

  runHappenings(happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      this.#applyHappening(happening);
      if (!happening.lazy) this.#crankOnce();
    }
  }

  /** From now on the surroundings behave; ends when nothing is left to do, throws when that never happens. */
  runToRest(): void {
    this.#admits = 'all';
    for (let round = 0; round < ROUNDS; round += 1) {
      if (this.#state.quarantine) this.#inbox.addRelease();
      const wakeAt = this.#crankOnce();
      if (this.#isAtRest()) return;
      if (wakeAt !== null) this.#now = Math.max(this.#now, wakeAt);
      for (const [name, step] of this.#running) this.#endStep(name, step, wellBehaved);
      this.#reportAll();
    }
    throw new Error(`the session goes on for ever: ${JSON.stringify(this.#state)}`);
  }

  /** Of all turns that have ended. */
  get outcomes(): string[] {
    return this.journal.flatMap((event) => (event.type === 'turn_finished' ? [event.outcome] : []));
  }

  #isAtRest(): boolean {
    return this.#running.size === 0 && this.#state.turn === null && this.#state.pending.length === 0;
  }

  #applyHappening(happening: Happening): void {
    switch (happening.does) {
      case 'message':
        this.#inbox.addMessage(happening, this.#now);
        break;
      case 'decide':
        this.#inbox.addDecision(happening, this.journal);
        break;
      case 'report':
        this.#inbox.addReport(happening, this.journal);
        break;
      case 'hear':
        this.#inbox.addQuestion(happening, this.journal);
        break;
      case 'cancel':
        this.#inbox.addCancel();
        break;
      case 'end': {
        const name = [...this.#running.keys()][happening.which % this.#running.size];
        const step = name === undefined ? undefined : this.#running.get(name);
        if (name !== undefined && step && !this.#ended.has(name)) this.#endStep(name, step, () => happening);
        break;
      }
      case 'ask': {
        const calls = [...this.#running.values()].filter((step) => step.kind === 'run_tool');
        const step = calls[happening.which % calls.length];
        if (step) this.#crankOnce({ type: 'ask', call: step.call, inquiry: inquiryOf('live') });
        break;
      }
      case 'withdraw':
        this.#crankOnce({ type: 'withdraw' });
        break;
      case 'die':
        this.#killProcess();
        break;
      case 'admit':
        this.#admits = happening.admits;
        break;
      case 'allow':
        this.#verdicts[happening.tool] = asBefore(happening.tool, happening.verdict);
        break;
      case 'fit':
        this.#room = happening.room;
        break;
      case 'pass':
        this.#now += happening.time;
        break;
      case 'release':
        this.#inbox.addRelease();
        this.#crankOnce();
        break;
      case 'echo':
        if (this.#lastEnd && !this.#running.has(this.#lastEnd.name)) this.#crankOnce(this.#lastEnd.command);
    }
  }

  #reportAll(): void {
    for (const { phase, call, child } of this.#state.turn?.tools ?? []) {
      if (phase === 'started' && child !== null) this.#inbox.addResult(call, 'answered');
    }
  }

  #killProcess(): void {
    this.#running.clear();
    this.#ended.clear();
    this.#admits = 'all';
    this.#generation += 1;
    this.#first = [TAKE_OVER];
    this.#state = deepFreeze(foldEvents(this.journal));
  }

  #endStep(name: string, step: Begun & { asked: boolean }, reply: (asked: boolean) => Reply): void {
    const { model, tool } = reply(step.asked);
    const asked = step.asked && model.kind === 'interrupted';
    const result: ModelCallEnd = asked ? { ...model, cause: 'cancelled' } : model;
    const command: Command =
      step.kind === 'call_model'
        ? { type: 'end_model_call', step: step.step, result }
        : { type: 'end_tool_call', call: step.call, result: tool };
    this.#ended.set(name, command);
    this.#lastEnd = { name, command };
  }

  #crankOnce(also?: Command): number | null {
    const commands = this.#takeCommands(also);
    const context = this.#makeContext();
    const result = advanceSession(this.#state, commands, context, this.#admit);
    const again = advanceSession(this.#state, commands, context, this.#admit);
    if (!isDeepStrictEqual(again, result)) throw new Error('advance gives different answers to one question');
    auditBatch(result, this.journal, context);
    this.journal.push(...deepFreeze(result.events));
    for (const { session, input } of result.send) {
      if (session === 'parent' && input.kind === 'question') this.told.set(input.id, input.question);
      if (session !== 'parent' || input.kind !== 'result') continue;
      this.replies.push({ input: input.id.replace('midturn:result-', ''), outcome: input.outcome });
    }
    this.borders.push(this.journal.length);
    this.#state = deepFreeze(result.state);
    for (const step of result.perform) this.#startStep(step);
    return result.wakeAt;
  }

  #takeCommands(also: Command | undefined): Command[] {
    const ended = [...this.#ended.values()];
    for (const name of this.#ended.keys()) this.#running.delete(name);
    this.#ended.clear();
    const received = this.#inbox
      .takeInputs()
      .map((input): Command => ({ type: 'receive', agent: 'main', input }));
    const own = [...this.#first.splice(0), ...ended, ...(also ? [also] : [])];
    return deepFreeze(orderCommands(own, received));
  }

  #activeGrants(): string[] {
    return this.journal.flatMap((event) => deriveGrant(event, { session: 's', agent: 'main' })?.rule ?? []);
  }

  #makeContext(): DecisionContext {
    return Object.freeze({
      now: this.#now,
      running: listRunningSteps([...this.#running.values()].map(toRunningStep)),
      limits: this.limits,
      tool: (part: ToolCallPart) =>
        applyGrants(
          this.#verdicts[part.toolName] ?? VERDICTS[part.toolName] ?? UNKNOWN,
          this.#activeGrants(),
        ),
      session: 's',
      generation: this.#generation,
      revision: 1,
      models: { answer: 'test/model', compaction: 'test/summaries' },
      room: this.#room,
      patience: 20_000,
      blame: 'sole',
      key: keyOf,
    });
  }

  readonly #admit = (step: NextAction): boolean => {
    if (step.kind === 'run_tool' && step.stop) return true;
    if (this.#admits === 'no model calls') return step.kind !== 'call_model';
    return this.#admits === 'all' || !BEGINS.has(step.kind);
  };

  #startStep(step: ExternalAction): void {
    const name = nameOf(step.kind === 'abort' ? step.running : toRunningStep(step));
    const running = this.#running.get(name);
    if (step.kind === 'abort') {
      if (!running) throw new Error(`${name} is to be stopped but does not run`);
      running.asked = true;
      return;
    }
    if (running) throw new Error(`${name} is begun while it runs`);
    this.#running.set(name, { ...step, asked: step.kind === 'run_tool' && step.stop });
  }
}

const TAKE_OVER: Command = {
  type: 'take_over',
  cause: 'crash',
  reason: 'it was killed',
  keys: [],
  tell: true,
};

interface Reply {
  model: ModelCallEnd;
  tool: ToolCallEnd;
}

function wellBehaved(asked: boolean): Reply {
  const stopped: ModelCallEnd = { kind: 'interrupted', cause: 'cancelled', reason: 'stopped', partial: '' };
  const answer: ModelCallEnd = {
    kind: 'finished',
    content: [{ type: 'text', text: 'done' }],
    finish: 'stop',
  };
  return {
    model: asked ? stopped : answer,
    tool: { kind: 'finished', output: { type: 'text', value: asked ? 'stopped' : 'done' } },
  };
}

function nameOf(running: RunningStep): string {
  return running.kind === 'model_call' ? `model call ${running.step}` : running.call;
}
