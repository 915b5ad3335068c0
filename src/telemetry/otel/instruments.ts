import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import type { RecordedEvent } from '../../core/model/events.ts';
import type { SessionAppend } from '../projection/append.ts';
import { findModelCall, findToolCall, findTurn } from '../projection/calls.ts';
import {
  DURATION_BUCKETS,
  ERROR_TYPE,
  GEN_AI,
  OPERATION,
  splitModel,
  TOKEN_BUCKETS,
} from '../projection/conventions.ts';
import type { MetricSources } from './sources.ts';

/** Buckets for commits of the journal, in seconds: from a fast disk to a stalled one. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Buckets for turns, in seconds: from one short answer to the work of hours. */
const TURN_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400];

const MILLISECONDS = 1_000;

/** Everything that the daemon measures; every instrument is fed from the appends to journals or read at collection. */
export class Instruments {
  readonly #turns;
  readonly #turnTime;
  readonly #modelTime;
  readonly #tokens;
  readonly #toolTime;
  readonly #approvals;
  readonly #events;
  readonly #commitTime;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 });

  constructor(meter: Meter, sources: MetricSources) {
    const seconds = (name: string, description: string, buckets: number[]) =>
      meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: buckets } });
    this.#turns = meter.createCounter('midturn.turns', { description: 'Turns that ended, by outcome.' });
    this.#turnTime = seconds(
      'midturn.turn.duration',
      'From the start of a turn to its end, in seconds.',
      TURN_BUCKETS,
    );
    this.#modelTime = seconds(
      GEN_AI.operationDuration,
      'Duration of model calls, in seconds.',
      DURATION_BUCKETS,
    );
    this.#toolTime = seconds(
      'midturn.tool.duration',
      'Duration of tool calls, in seconds.',
      DURATION_BUCKETS,
    );
    this.#commitTime = seconds(
      'midturn.journal.commit.duration',
      'From handing a write to the journal until it is on disk, in seconds.',
      COMMIT_BUCKETS,
    );
    this.#tokens = meter.createHistogram(GEN_AI.tokenUsage, {
      ...{ unit: '{token}', description: 'Tokens of model calls.' },
      advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
    });
    this.#approvals = meter.createCounter('midturn.approvals', { description: 'Approvals that ended.' });
    this.#events = meter.createCounter('midturn.events', { description: 'Runtime events, by name.' });
    this.#loopDelay.enable();
    this.#observeSources(meter, sources);
  }

  recordAppend(append: SessionAppend): void {
    for (const event of append.events) this.#recordJournalEvent(event, append);
  }

  countEvent(event: string): void {
    this.#events.add(1, { event });
  }

  recordCommit(milliseconds: number): void {
    this.#commitTime.record(milliseconds / MILLISECONDS);
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #recordJournalEvent(event: RecordedEvent, append: SessionAppend): void {
    switch (event.type) {
      case 'turn_finished': {
        const labels = { outcome: event.outcome, [GEN_AI.agent]: append.after.agent };
        this.#turns.add(1, labels);
        const turn = findTurn(append, event);
        if (turn) this.#turnTime.record((event.at - turn.startedAt) / MILLISECONDS, labels);
        break;
      }
      case 'model_call_finished':
      case 'history_compacted':
        this.#recordModelCall(event, append, event.usage);
        break;
      case 'model_call_interrupted':
        this.#recordModelCall(event, append, {}, event.cause);
        break;
      case 'tool_call_finished':
        this.#recordToolCall(event, append);
        break;
      case 'tool_call_outcome_unknown':
        this.#recordToolCall(event, append, 'outcome_unknown');
        break;
      case 'approval_resolved':
        this.#approvals.add(1, { decision: event.decision });
        break;
      default:
    }
  }

  #recordModelCall(
    { step, at }: { step: number; at: number },
    append: SessionAppend,
    usage: { input?: number; output?: number; cached?: number } = {},
    error?: string,
  ): void {
    const call = findModelCall(append, step);
    if (!call) return;
    const { provider, model } = splitModel(call.model);
    const labels = { [GEN_AI.operation]: OPERATION.chat, [GEN_AI.provider]: provider, [GEN_AI.model]: model };
    const failed = error === undefined ? {} : { [ERROR_TYPE]: error };
    this.#modelTime.record((at - call.startedAt) / MILLISECONDS, { ...labels, ...failed });
    for (const [type, count] of Object.entries(usage))
      if (count !== undefined) this.#tokens.record(count, { ...labels, [GEN_AI.tokenType]: type });
  }

  #recordToolCall({ call, at }: { call: string; at: number }, append: SessionAppend, error?: string): void {
    const found = findToolCall(append, call);
    if (!found || found.startedAt === 0) return;
    const failed = error === undefined ? {} : { [ERROR_TYPE]: error };
    this.#toolTime.record((at - found.startedAt) / MILLISECONDS, {
      [GEN_AI.tool]: found.part.toolName,
      ...failed,
    });
  }

  #observeSources(meter: Meter, sources: MetricSources): void {
    meter
      .createObservableGauge('midturn.sessions', { description: 'Sessions, by status.' })
      .addCallback(async (result) => {
        for (const [status, count] of Object.entries(await sources.countSessions()))
          result.observe(count, { status });
      });
    meter
      .createObservableGauge('midturn.approvals.waiting', { description: 'Open questions to approvers.' })
      .addCallback(async (result) => result.observe(await sources.countOpenApprovals()));
    meter
      .createObservableCounter('midturn.generations', {
        description: 'Generations that this home has started; one more than its restarts and handovers.',
      })
      .addCallback((result) => result.observe(sources.generation));
    meter
      .createObservableCounter('midturn.handovers', { description: 'Handovers of this home.' })
      .addCallback((result) => result.observe(sources.countHandovers()));
    meter
      .createObservableGauge('nodejs.eventloop.delay', {
        ...{ unit: 's', description: 'Delay of the event loop since the last collection, in seconds.' },
      })
      .addCallback((result) => {
        const delay = this.#loopDelay;
        for (const quantile of [50, 99])
          result.observe(delay.percentile(quantile) / 1e9, { quantile: String(quantile / 100) });
        result.observe(delay.max / 1e9, { quantile: '1' });
        delay.reset();
      });
    meter
      .createObservableGauge('process.memory.usage', {
        unit: 'By',
        description: 'Resident memory, in bytes.',
      })
      .addCallback((result) => result.observe(process.memoryUsage.rss()));
  }
}
