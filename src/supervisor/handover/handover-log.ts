import type { Logger } from '../../telemetry/log.ts';
import type { ReportEffect } from '../core/model/effects.ts';
import type { ReportHead } from '../core/model/report.ts';
import type { HandoverReport } from '../ipc/messages.ts';
import { HandoverRecord } from './handover-record.ts';
import type { HandoverReportStore } from './reports.ts';

/**
 * Delay in ms before session changes are written: hundreds of sessions may move within a second, and one write and
 * one broadcast cover them all.
 */
const FLUSH_DELAY = 100;

/** Number of records that are kept in memory; generations that arrived with an older handover have ended. */
const KEPT_RECORDS = 20;

/**
 * Writes the reports of all handovers, from what the supervisor decides and from what generations say about their
 * sessions.
 */
export class HandoverLog {
  readonly #reports: HandoverReportStore;
  readonly #log: Logger;
  readonly #onChange: () => void;
  readonly #records = new Map<string, HandoverRecord>();
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

  /** Writes what the supervisor decided, or what a generation said about its sessions. Never throws. */
  performReport(effect: ReportEffect): void {
    switch (effect.type) {
      case 'reserve_report':
        this.#writeReport(new HandoverRecord(effect.report));
        break;
      case 'open_report':
        this.#openRecord(effect.report);
        break;
      case 'write_report':
        this.#updateRecord(effect.report);
        break;
      case 'report_sessions':
        this.#records.get(effect.report)?.recordNews(effect.message, effect.clock);
        this.#scheduleWrite(effect.report);
        break;
    }
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

  #openRecord(head: ReportHead): void {
    const record = new HandoverRecord(head);
    this.#records.set(head.id, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > KEPT_RECORDS && oldest !== undefined) this.#records.delete(oldest);
    if (head.cause !== 'start') this.#latest = record;
    this.#unwritten.add(record);
    this.flush();
  }

  #updateRecord(head: ReportHead): void {
    const record = this.#records.get(head.id);
    if (!record) return;
    record.update(head, performance.now());
    this.#unwritten.add(record);
    this.flush();
    if (head.phase === 'done') this.#logDone(record.report);
  }

  #scheduleWrite(id: string): void {
    const record = this.#records.get(id);
    if (!record) return;
    this.#unwritten.add(record);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_DELAY);
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
      this.#log.warn({ handover: record.head.id, error }, 'handover:report_failed');
      return false;
    }
  }
}
