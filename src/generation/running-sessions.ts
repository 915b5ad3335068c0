import { hostname } from 'node:os';
import { EmbeddedEngine } from '../engine/embedded/embedded.ts';
import { createEngineNode, type EngineNode } from '../engine/node/node.ts';
import { LiveStream } from '../engine/port/live-stream.ts';
import { type RunnerPorts, systemClock } from '../engine/port/ports.ts';
import type { Journal } from '../journal/journal.ts';
import { createEmbeddedSessions } from '../sessions/embedded.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { LiveConfig } from './live-config.ts';

/** The sessions of a journal, and what runs them in this process and accepts messages for them. */
export interface RunningSessions {
  engine: EmbeddedEngine;
  node: EngineNode;
  liveStream: LiveStream;
  sessions: Sessions;
}

export interface RunningSessionsDeps extends Omit<RunnerPorts, 'engine' | 'liveStream' | 'clock' | 'places'> {
  journal: Journal;
  generation: number;
  /** Called when a session should be offered by another process of this home. Must not throw. */
  offerElsewhere(session: string): void;
  /** Called when a later generation counts this one as dead. Must not throw. */
  onSuperseded(): void;
}

/** Puts the engine, its node and the way in for messages together. No session runs before `node.serve`. */
export function createRunningSessions(live: LiveConfig, deps: RunningSessionsDeps): RunningSessions {
  const { journal, generation, offerElsewhere, onSuperseded, ...ports } = deps;
  const { report } = ports;
  const clock = systemClock;
  const liveStream = new LiveStream();
  const engine = new EmbeddedEngine({ journal, generation, clock, report, offerElsewhere, onSuperseded });
  // Commands and files of agents are on this machine.
  const node = createEngineNode({ ...ports, engine, liveStream, clock, places: [hostname()] });
  const sessions = createEmbeddedSessions({
    journal,
    liveStream,
    now: clock.now,
    redact: (text) => live.current.redact(text),
    notifySession: (session) => engine.wakeSession(session),
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
  return { engine, node, liveStream, sessions };
}
