import { once } from 'node:events';
import type { Server } from 'node:http';
import type { SessionHandover } from '../core/model/events.ts';
import { Predecessors } from '../engine/embedded/predecessors.ts';
import { systemClock } from '../engine/port/ports.ts';
import { messageOf } from '../errors/errors.ts';
import { createApi } from '../http/app.ts';
import type { ApiDeps } from '../http/ports/deps.ts';
import { type ApiServer, createServer } from '../http/server.ts';
import type { Journal } from '../journal/journal.ts';
import { PRICE_CATALOGUE } from '../models/prices/prices.ts';
import type {
  AcceptedConfig,
  BootMessage,
  DaemonState,
  HandoverNotice,
  ListeningSocket,
  ToGeneration,
  ToSupervisor,
} from '../supervisor/ipc/messages.ts';
import { readVersion } from '../util/version.ts';
import { composeGeneration, type GenerationDeps } from './compose.ts';
import { createMcpControl, describeAgentTools } from './left-out.ts';
import { SupervisorClient } from './process/asks.ts';
import { openPrivateSocket } from './process/private-socket.ts';
import { runRehearsal } from './rehearsal.ts';
import { buildStatus } from './status.ts';

type ServeMessage = Extract<ToGeneration, { type: 'serve' }>;
/** Messages that a generation receives while it runs, apart from those that change its own state. */
type RuntimeMessage = Exclude<ToGeneration, { type: 'boot' | 'serve' | 'drain' }>;

/** The process that a generation runs in, as a port: its IPC channel and its end. */
export interface ProcessPort {
  sendMessage(message: ToSupervisor): void;
  /** Drains the generation and ends the process with code 0. */
  drainAndExit(reason: string): void;
}

/** What the supervisor has told the generation so far. */
interface SupervisorNews {
  notice: HandoverNotice | null;
  state: DaemonState | null;
}

/** Everything that a generation is built from; all of it is open and checked. */
interface GenerationParts {
  boot: BootMessage;
  process: ProcessPort;
  supervisor: SupervisorClient;
  deps: GenerationDeps;
  predecessors: Predecessors;
  privateSocket: Server;
  told: SupervisorNews;
}

/**
 * One process that runs sessions. Its states:
 *
 *   booted   → everything is open and checked, the private socket answers, no client is served; left by `serve`
 *   serving  → listens, runs sessions (none in rescue mode); left by `drain`
 *   draining → still accepts requests but begins no step; gives up each session at its next step boundary; ends
 *              when no session is left, or at the cap
 */
export class Generation {
  readonly #bootMessage: BootMessage;
  readonly #process: ProcessPort;
  readonly #supervisor: SupervisorClient;
  readonly #startedAt = Date.now();
  readonly #deps: GenerationDeps;
  readonly #predecessors: Predecessors;
  readonly #private: Server;
  readonly #told: SupervisorNews;
  #servers: ApiServer[] = [];
  #serving = false;
  #drained: Promise<void> | null = null;

  private constructor(parts: GenerationParts) {
    this.#bootMessage = parts.boot;
    this.#process = parts.process;
    this.#supervisor = parts.supervisor;
    this.#deps = parts.deps;
    this.#predecessors = parts.predecessors;
    this.#private = parts.privateSocket;
    this.#told = parts.told;
  }

  /** Boots a generation. Rejects with the error that says why this configuration or store cannot be used. */
  static async bootFrom(
    boot: BootMessage,
    opening: Promise<Journal>,
    process: ProcessPort,
  ): Promise<Generation> {
    const { sendMessage: tell, drainAndExit: leave } = process;
    const supervisor = new SupervisorClient(tell);
    const told: SupervisorNews = { notice: null, state: null };
    const deps: GenerationDeps = await composeGeneration(boot, opening, {
      describeHandover: () => describeHandover(told.notice, deps.live.current.config.handover.notify),
      offerElsewhere: (session) => tell({ type: 'poke', session }),
      onSuperseded: () => leave('another generation has taken over'),
      revisionState: () => told.state?.revision.state ?? 'trial',
      countHandovers: () => Number(told.state?.handover?.id ?? 0),
      problem: () => told.state?.problem ?? null,
      ask: (what, reason, by) => supervisor.sendRequest(what, reason, by),
      onEvent(event, fields) {
        if (event === 'session:taken_over' && 'session' in fields)
          tell({ type: 'resumed', session: String(fields.session) });
      },
    });
    const { engine, liveStream, report } = deps;
    const predecessors = new Predecessors({ engine, liveStream, report, clock: systemClock });
    const privateSocket = await openPrivateSocket(boot.socket, liveStream);
    return new Generation({ boot, process, supervisor, deps, predecessors, privateSocket, told });
  }

  announceReady(): void {
    this.#process.sendMessage({ type: 'ready', generation: this.#deps.generation, version: readVersion() });
  }

  async startServing({ alive, served, crashed, notice }: ServeMessage): Promise<void> {
    const { home, log, mcp, live, node, sessions } = this.#deps;
    const { listeners, mode } = this.#bootMessage;
    this.#told.notice = notice;
    const deps = this.#createApiDeps();
    if (mode === 'normal') {
      this.#predecessors.relayStreams(alive);
      if (served) await this.#runRehearsal(deps);
      if (this.#drained) return;
    }
    const api = createApi({ ...deps, sessions });
    this.#servers = await Promise.all(listeners.map((listener) => listenOn(createServer(api), listener)));
    this.#serving = true;
    this.#process.sendMessage({ type: 'serving' });
    log.info({ mode, cause: notice.cause, handover: notice.id }, 'generation:serving');
    this.#deps.telemetry.start();
    if (mode === 'rescue') return;
    mcp.applyServers(live.current.config.tools.mcp);
    live.onChange(({ config }) => {
      // A leaving generation starts no MCP server.
      if (!this.#drained) mcp.applyServers(config.tools.mcp);
      node.recheckSessions();
    });
    node.serve();
    node.startHousekeeping(home);
    this.#deps.time.start();
    await this.#predecessors.takeOverSessions(crashed);
    void live.current.models.loadProviders();
  }

  async #runRehearsal(deps: Omit<ApiDeps, 'sessions'>): Promise<void> {
    await this.#deps.live.current.models.loadProviders();
    await runRehearsal(this.#deps, deps);
    this.#deps.log.debug({}, 'generation:rehearsed');
  }

  handleMessage(message: RuntimeMessage): void {
    switch (message.type) {
      case 'apply':
        this.#applyConfig(message.config);
        break;
      case 'state':
        this.#told.state = message.state;
        break;
      case 'answer':
        this.#supervisor.resolveRequest(message.request, message.answer);
        break;
      default:
        // In rescue mode no session runs; the next normal generation resumes whatever is free then.
        if (this.#bootMessage.mode === 'normal') this.#handlePredecessorMessage(message);
    }
  }

  #handlePredecessorMessage(message: Extract<RuntimeMessage, { type: 'moved' | 'left' | 'gone' }>): void {
    if (message.type === 'moved') this.#deps.engine.wakeSession(message.session);
    else if (message.type === 'left') this.#logResumeFailure(this.#predecessors.offerFreeSessions());
    else this.#logResumeFailure(this.#predecessors.handleExit(message.generation));
  }

  /** Refuses all open requests, because the supervisor is gone and no longer replies. */
  handleSupervisorExit(): void {
    this.#supervisor.refuseAll('The supervisor is gone; the daemon is about to end.');
  }

  /** Logs a failure to resume sessions. They are resumed at the next occasion: a message, a handover, a start. */
  #logResumeFailure(taking: Promise<void>): void {
    taking.catch((error: unknown) => this.#deps.log.error({ error }, 'generation:take_up_failed'));
  }

  #applyConfig(config: AcceptedConfig): void {
    const { live, log } = this.#deps;
    const { revision } = config;
    try {
      live.applyConfig(config);
      log.info({ revision }, 'config:applied');
      this.#process.sendMessage({ type: 'applied', revision });
    } catch (error) {
      const reason = messageOf(error);
      this.#process.sendMessage({ type: 'refused', revision, reason });
    }
  }

  /** Resolves when this generation no longer runs any work, not much later than `cap` milliseconds from now. */
  startDraining(reason: string, cap?: number): Promise<void> {
    this.#drained ??= this.#runDrain(reason, cap ?? this.#deps.live.current.config.handover.drainCap);
    return this.#drained;
  }

  async #runDrain(reason: string, cap: number): Promise<void> {
    const { log, engine, node, mcp, live } = this.#deps;
    const { sendMessage: tell } = this.#process;
    const { modelGrace, toolGrace } = live.current.config.handover;
    // One timer for the whole drain, because the wall clock may be set meanwhile.
    const over = waitFor(cap);
    log.info({ reason, cap }, 'generation:draining');
    this.#predecessors.close();
    this.#deps.time.stop();
    const gone = Promise.all(this.#servers.map((server) => server.drain()));
    await node.drain(
      { model: modelGrace, tool: toolGrace, cap },
      {
        onLeft: (active) =>
          tell({
            type: 'left',
            sessions: active.map((each) => ({ ...each, after: null, resumedAfter: null })),
          }),
        onMoved: (session, cut) =>
          tell({ type: 'moved', session, how: cut.length > 0 ? 'cut' : 'boundary', cut }),
      },
    );
    // A server that does not end in time is ended by its watcher when this process is gone.
    await Promise.race([mcp.close(), waitFor(MCP_CLOSE_LIMIT)]);
    await Promise.race([mcp.waitForLogins(), over]);
    this.#private.closeAllConnections();
    this.#private.close();
    // Requests that still wait are not worth more time than the cap.
    await Promise.race([gone, over]);
    await this.#deps.telemetry.close();
    await engine.close();
    log.info({ reason }, 'generation:drained');
  }

  #createApiDeps(): Omit<ApiDeps, 'sessions'> {
    const { time, live, control, mcp, tools, log, telemetry } = this.#deps;
    return {
      time,
      status: () => {
        const { mode } = this.#bootMessage;
        return buildStatus(this.#deps, { mode, startedAt: this.#startedAt, state: this.#told.state });
      },
      control,
      priceCatalogue: PRICE_CATALOGUE,
      mcp: createMcpControl(mcp, () => describeAgentTools(live, tools)),
      config: () => {
        const { auth, limits, listen } = live.current.config;
        return { ...auth, messageLimit: limits.message, allowedHosts: [listen.host] };
      },
      renderMetrics: () => telemetry.renderMetrics(),
      ready: () => this.#serving && this.#drained === null && this.#bootMessage.mode === 'normal',
      log,
    };
  }
}

/** Describes the handover that the generation's start belongs to; before it serves, that is a start of the daemon. */
function describeHandover(notice: HandoverNotice | null, tell: boolean): SessionHandover {
  const { cause, reason, keys, by = null } = notice ?? { cause: 'start', reason: '', keys: [] };
  return { cause, reason, keys, tell, ...(by === null ? {} : { by }) };
}

/** How long MCP servers may take to end during a drain, in ms. */
const MCP_CLOSE_LIMIT = 1_000;

/** Listens on the socket that the supervisor has bound, and resolves when connections are accepted. */
async function listenOn(server: ApiServer, { fd }: ListeningSocket): Promise<ApiServer> {
  server.listen({ fd });
  await once(server, 'listening');
  return server;
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
