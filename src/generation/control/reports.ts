import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HandoverNotFoundError } from '../../errors/control.ts';
import { type HandoverBody, handoverReport } from '../../protocol/handovers.ts';
import type { Home } from '../../util/home.ts';

/**
 * Reads the handover reports that the supervisor keeps: one file each, replaced as a whole, named by a rising
 * number.
 */
export class HandoverReportReader {
  readonly #folder: string;

  constructor(home: Home) {
    this.#folder = join(home.state, 'handovers');
  }

  /**
   * Lists reports, the newest first, beginning with the one before `after`. Files that this release cannot read
   * are skipped.
   */
  listReports({ after, limit }: { after?: string; limit: number }): HandoverBody[] {
    const found: HandoverBody[] = [];
    for (const id of this.#listIds()) {
      if (found.length === limit) break;
      if (after !== undefined && id >= Number(after)) continue;
      const report = this.#readReport(String(id));
      if (report) found.push(report);
    }
    return found;
  }

  getReport(id: string): HandoverBody {
    const report = /^\d{1,15}$/.test(id) ? this.#readReport(id) : undefined;
    if (!report) throw new HandoverNotFoundError(id);
    return report;
  }

  #listIds(): number[] {
    try {
      const names = readdirSync(this.#folder).map((file) => /^(\d{1,15})\.json$/.exec(file)?.[1]);
      return names.flatMap((id) => (id === undefined ? [] : [Number(id)])).sort((a, b) => b - a);
    } catch {
      return [];
    }
  }

  #readReport(id: string): HandoverBody | undefined {
    try {
      const content: unknown = JSON.parse(readFileSync(join(this.#folder, `${id}.json`), 'utf8'));
      return handoverReport.safeParse(content).data;
    } catch {
      return undefined;
    }
  }
}
