import { LiveStream } from '../engine/port/live-stream.ts';
import { type RunnerPorts, systemClock } from '../engine/port/ports.ts';
import { Runner } from '../engine/runner/runner.ts';
import { createEmbeddedSessions } from '../sessions/embedded.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { LiveConfig } from './live-config.ts';

/** Runs sessions on a journal, and accepts the messages of clients, channels and schedules for them. */
export interface Engine {
  runner: Runner;
  liveStream: LiveStream;
  sessions: Sessions;
  /** Tells the runner that an input for this session has arrived. */
  pokeSession(session: string): void;
}

export interface EngineDeps extends Omit<RunnerPorts, 'liveStream' | 'sent' | 'clock'> {
  /** True when accepted inputs are also worked on; false in rescue mode. */
  runsSessions: boolean;
  /** Called when an input has arrived for a session that does not run here. Must not throw. */
  onRemoteInput(session: string): void;
}

export function createEngine(
  live: LiveConfig,
  { runsSessions: runs, onRemoteInput: elsewhere, ...ports }: EngineDeps,
): Engine {
  const liveStream = new LiveStream();
  const poke = (session: string) => {
    if (!runs) return;
    if (runner.isLeaving) elsewhere(session);
    else void runner.notifySession(session);
  };
  const runner = new Runner({ ...ports, liveStream, sent: poke, clock: systemClock });
  const sessions = createEmbeddedSessions({
    journal: ports.journal,
    liveStream,
    now: systemClock.now,
    redact: (text) => live.current.redact(text),
    notifySession: poke,
    agents: () => {
      const { agents, defaultAgent, limits } = live.current.config;
      return {
        names: Object.keys(agents),
        default: defaultAgent,
        messageLimit: limits.message,
        attachmentLimit: limits.attachment,
        approvers: (agent) => agents[agent]?.approvals.approvers,
        hasOwnRules: (agent) => agents[agent]?.delegatedRules === 'own',
      };
    },
  });
  return { runner, liveStream, sessions, pokeSession: poke };
}
