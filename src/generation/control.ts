import { NotPossibleNowError } from '../errors/control.ts';
import type { Control } from '../http/ports/control.ts';
import { FileConfigControl } from './control/config-control.ts';
import type { ControlPorts } from './control/ports.ts';
import { HandoverReportReader } from './control/reports.ts';

/**
 * Creates the operations on the whole daemon that a generation offers over its API: restart, stop, handover
 * reports and configuration. They work through the configuration file and requests to the supervisor.
 */
export function createControl(ports: ControlPorts): Control {
  const reports = new HandoverReportReader(ports.home);
  const wish = async (what: 'restart' | 'stop', reason: string, by?: string) => {
    const answer = await ports.askSupervisor(what, reason, by);
    if (answer.what === 'refused') throw new NotPossibleNowError(what, answer.message);
    return { handover: answer.handover };
  };
  return {
    restart: (reason, by) => wish('restart', reason, by),
    stop: (reason) => wish('stop', reason),
    listHandovers: async (query) => reports.listReports(query),
    getHandover: async (id) => reports.getReport(id),
    config: new FileConfigControl(ports),
  };
}
