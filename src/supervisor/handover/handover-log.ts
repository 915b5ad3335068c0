import type { Logger } from '../../telemetry/log.ts';
import type { HandoverReport, ToSupervisor } from '../ipc/messages.ts';
import type { GenerationProcess } from '../process/generation-process.ts';
import { HandoverRecord, type HandoverStart } from './handover-record.ts';
import type { HandoverReportStore } from './reports.ts';

/**
 * Delay in ms before session changes are written: hundreds of sessions may move within a second, and one write and
 * one broadcast cover them all.
 */
const FLUSH_DELAY = 100;

/**
 * Writes the reports of all handovers, from what the supervisor does and from what generations say about their
 * sessions.
 */
export class HandoverLog {
  readonly #reports: HandoverReportStore;
  readonly #log: Logger;
  readonly #onChange: () => void;
  readonly #arrivals = new WeakMap<GenerationProcess, HandoverRecord>();
  readonly #departures = new WeakMap<GenerationProcess, HandoverRecord>();
  readonly #unwritten = new Set<HandoverRecord>();
  #timer: NodeJS.Timeout | undefined;
  /** The latest handover of the daemon before this one, until this daemon has one of its own. */
  readonly #previousLatest: HandoverReport | null;
  #latest: HandoverRecord | null = null;

  /**
   * `changed` is called when `latest` has changed; it must not throw. The constructor reads the newest stored
   * report.
   */
  constructor(reports: HandoverReportStore, log: Logger, changed: () => void) {
    this.#reports = reports;
    this.#previousLatest = reports.readLatest();
    this.#log = log;
    this.#onChange = changed;
  }

  /**
   * The current or latest handover, including one of an earlier daemon. A daemon's start is not a handover and
   * never appears here.
   */
  get latest(): HandoverReport | null {
    return this.#latest?.report ?? this.#previousLatest;
  }

  nextId(): string {
    return this.#reports.nextId();
  }

  /**
   * Reserves an id and writes a report in phase `wanted` for a handover that has to wait, so that the client that
   * requested it can look it up. Returns the id.
   */
  reserve(wanted: Omit<HandoverStart, 'id'>): string {
    const id = this.nextId();
    this.#writeReport(new HandoverRecord({ id, ...wanted }));
    return id;
  }

  openRecord(beginning: HandoverStart): HandoverRecord {
    const record = new HandoverRecord(beginning);
    record.onChange((phase) => this.#scheduleWrite(record, phase));
    if (beginning.cause !== 'start') this.#latest = record;
    this.#scheduleWrite(record, true);
    return record;
  }

  /** Adds what this generation says about resumed sessions to the report of the handover that started it. */
  trackArrival(generation: GenerationProcess, record: HandoverRecord): void {
    this.#arrivals.set(generation, record);
  }

  trackDeparture(generation: GenerationProcess, record: HandoverRecord): void {
    this.#departures.set(generation, record);
  }

  recordMessage(generation: GenerationProcess, message: ToSupervisor): void {
    const departure = this.#departures.get(generation);
    if (message.type === 'left') departure?.recordSessions(message.sessions);
    if (message.type === 'moved') departure?.recordMove(message.session, message.how, message.cut);
    if (message.type === 'resumed') this.#arrivals.get(generation)?.recordResume(message.session);
  }

  recordExit(generation: GenerationProcess): void {
    this.#departures.get(generation)?.completeDrain();
  }

  /**
   * Writes all unwritten reports now and calls `changed`. Reports that cannot be written are kept for the next
   * try.
   */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const record of this.#unwritten) {
      if (this.#writeReport(record)) this.#unwritten.delete(record);
    }
    this.#onChange();
  }

  #scheduleWrite(record: HandoverRecord, phase: boolean): void {
    this.#unwritten.add(record);
    if (phase) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_DELAY);
    if (phase && record.phase === 'done') this.#logDone(record.report);
  }

  #logDone({ id, cause, reason, from, to, revision, keys, sessions }: HandoverReport): void {
    const about = { handover: id, cause, reason, from, to, revision: revision.to, keys };
    this.#log.info({ ...about, sessions: sessions.length }, 'handover:done');
  }

  #writeReport(record: HandoverRecord): boolean {
    try {
      this.#reports.writeReport(record.report);
      return true;
    } catch (error) {
      // Reports only inform; a full disk must not end the daemon. The next change tries again.
      this.#log.warn({ handover: record.id, error }, 'handover:report_failed');
      return false;
    }
  }
}
