import { isDeepStrictEqual } from 'node:util';
import { advance, type WorldStep } from '../../src/core/advance.ts';
import { fold } from '../../src/core/evolve.ts';
import type { Command, Context, ModelEnd, ToolEnd } from '../../src/core/model/command.ts';
import type { Outcome, Question, Recorded } from '../../src/core/model/events.ts';
import type { ToolCallPart } from '../../src/core/model/message.ts';
import type { Room } from '../../src/core/model/next-action.ts';
import {
  type Limits,
  runningModelCall,
  runningToolCall,
  type Step,
  type Verdict,
} from '../../src/core/model/next-action.ts';
import type { SessionState } from '../../src/core/model/state.ts';
import { orderCommands } from '../../src/core/precedence.ts';
import { grantsIn } from '../../src/runner/session/grants.ts';
import { auditBatch } from './audit-batch.ts';
import { deepFreeze } from './freeze.ts';
import type { Admits, Happening } from './happening.ts';
import { Inbox } from './world-inbox.ts';
import { asBefore, granted, inquiryOf, keyOf, UNKNOWN, VERDICTS } from './world-tools.ts';

type Begun = Extract<WorldStep, { kind: 'call_model' | 'run_tool' }>;

const BEGINS: ReadonlySet<Step['kind']> = new Set(['call_model', 'run_tool', 'open_turn', 'join_turn']);
const ROUNDS = 400;

/**
 * Drives `advance` as a runner does: appends each batch in one go to a journal, then performs what was begun. The
 * journal and the inbox are durable; results that were not looked at die with the process.
 */
export class World {
  readonly journal: Recorded[];
  /** Lengths of the journal at which the process can have died. */
  readonly borders: number[] = [0];
  readonly limits: Limits;
  /** What was told to those who wait for a message's outcome. */
  readonly replies: { input: string; outcome: Outcome | 'unknown' }[] = [];
  /** What was told of questions to those who wait for this session, by the input, which is stored once. */
  readonly told = new Map<string, Question>();
  #state: SessionState;
  readonly #inbox = new Inbox();
  #running = new Map<string, Begun & { asked: boolean }>();
  #ended = new Map<string, Command>();
  #lastEnd: { name: string; command: Command } | undefined;
  #admits: Admits = 'all';
  #verdicts: Record<string, Verdict> = {};
  #room: Room = { window: 1_000_000, limit: 800_000, keepTurns: 4 };
  #now: number;
  #generation: number;
  /** What a process does first with a session that it found. */
  #first: Command[] = [];

  constructor(limits: Limits, journal: readonly Recorded[] = []) {
    this.limits = limits;
    this.journal = [...journal];
    this.#state = deepFreeze(fold(journal));
    this.#now = journal.at(-1)?.at ?? 1_000_000;
    const before = journal.map((event) => ('generation' in event ? event.generation : 0));
    this.#generation = Math.max(0, ...before) + 1;
    this.#first = [TAKE_OVER];
  }

  live(happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      this.#happen(happening);
      if (!happening.lazy) this.#crank();
    }
  }

  /** From now on the surroundings behave; ends when nothing is left to do, throws when that never happens. */
  settle(): void {
    this.#admits = 'all';
    for (let round = 0; round < ROUNDS; round += 1) {
      if (this.#state.quarantine) this.#inbox.release();
      const wakeAt = this.#crank();
      if (this.#rests()) return;
      if (wakeAt !== null) this.#now = Math.max(this.#now, wakeAt);
      for (const [name, step] of this.#running) this.#end(name, step, wellBehaved);
      this.#reportAll();
    }
    throw new Error(`the session goes on for ever: ${JSON.stringify(this.#state)}`);
  }

  /** Of all turns that have ended. */
  get outcomes(): string[] {
    return this.journal.flatMap((event) => (event.type === 'turn_finished' ? [event.outcome] : []));
  }

  #rests(): boolean {
    return this.#running.size === 0 && this.#state.turn === null && this.#state.pending.length === 0;
  }

  #happen(happening: Happening): void {
    switch (happening.does) {
      case 'message':
        this.#inbox.say(happening, this.#now);
        break;
      case 'decide':
        this.#inbox.decide(happening, this.journal);
        break;
      case 'report':
        this.#inbox.report(happening, this.journal);
        break;
      case 'hear':
        this.#inbox.hear(happening, this.journal);
        break;
      case 'cancel':
        this.#inbox.cancel();
        break;
      case 'end': {
        const name = [...this.#running.keys()][happening.which % this.#running.size];
        const step = name === undefined ? undefined : this.#running.get(name);
        if (name !== undefined && step && !this.#ended.has(name)) this.#end(name, step, () => happening);
        break;
      }
      case 'ask': {
        const calls = [...this.#running.values()].filter((step) => step.kind === 'run_tool');
        const step = calls[happening.which % calls.length];
        if (step) this.#crank({ type: 'ask', call: step.call, inquiry: inquiryOf('live') });
        break;
      }
      case 'withdraw':
        this.#crank({ type: 'withdraw' });
        break;
      case 'die':
        this.#die();
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
        this.#inbox.release();
        this.#crank();
        break;
      case 'echo':
        if (this.#lastEnd && !this.#running.has(this.#lastEnd.name)) this.#crank(this.#lastEnd.command);
    }
  }

  #reportAll(): void {
    for (const { phase, call, child } of this.#state.turn?.tools ?? []) {
      if (phase === 'started' && child !== null) this.#inbox.result(call, 'answered');
    }
  }

  #die(): void {
    this.#running.clear();
    this.#ended.clear();
    this.#admits = 'all';
    this.#generation += 1;
    this.#first = [TAKE_OVER];
    this.#state = deepFreeze(fold(this.journal));
  }

  #end(name: string, step: Begun & { asked: boolean }, reply: (asked: boolean) => Reply): void {
    const { model, tool } = reply(step.asked);
    const asked = step.asked && model.kind === 'interrupted';
    const result: ModelEnd = asked ? { ...model, cause: 'cancelled' } : model;
    const command: Command =
      step.kind === 'call_model'
        ? { type: 'end_model_call', step: step.step, result }
        : { type: 'end_tool_call', call: step.call, result: tool };
    this.#ended.set(name, command);
    this.#lastEnd = { name, command };
  }

  #crank(also?: Command): number | null {
    const commands = this.#takeCommands(also);
    const context = this.#context();
    const result = advance(this.#state, commands, context, this.#admit);
    const again = advance(this.#state, commands, context, this.#admit);
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
    for (const step of result.perform) this.#perform(step);
    return result.wakeAt;
  }

  #takeCommands(also: Command | undefined): Command[] {
    const ended = [...this.#ended.values()];
    for (const name of this.#ended.keys()) this.#running.delete(name);
    this.#ended.clear();
    const received = this.#inbox.take().map((input): Command => ({ type: 'receive', agent: 'main', input }));
    const own = [...this.#first.splice(0), ...ended, ...(also ? [also] : [])];
    return deepFreeze(orderCommands(own, received));
  }

  #grants(): string[] {
    return grantsIn(this.journal, 's', 'main').map(({ rule }) => rule);
  }

  #context(): Context {
    return Object.freeze({
      now: this.#now,
      running: new Set(this.#running.keys()),
      limits: this.limits,
      tool: (part: ToolCallPart) =>
        granted(this.#verdicts[part.toolName] ?? VERDICTS[part.toolName] ?? UNKNOWN, this.#grants()),
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

  readonly #admit = (step: Step): boolean => {
    if (step.kind === 'run_tool' && step.stop) return true;
    if (this.#admits === 'no model calls') return step.kind !== 'call_model';
    return this.#admits === 'all' || !BEGINS.has(step.kind);
  };

  #perform(step: WorldStep): void {
    const name = step.kind === 'abort' ? step.running : nameOf(step);
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
  model: ModelEnd;
  tool: ToolEnd;
}

function wellBehaved(asked: boolean): Reply {
  const stopped: ModelEnd = { kind: 'interrupted', cause: 'cancelled', reason: 'stopped', partial: '' };
  const answer: ModelEnd = { kind: 'finished', content: [{ type: 'text', text: 'done' }], finish: 'stop' };
  return {
    model: asked ? stopped : answer,
    tool: { kind: 'finished', output: { type: 'text', value: asked ? 'stopped' : 'done' } },
  };
}

function nameOf(step: Begun): string {
  return step.kind === 'call_model' ? runningModelCall(step.step) : runningToolCall(step.call);
}
