import { once } from 'node:events';
import type { Server } from 'node:http';
import type { CheckedConfig } from '../config/check/check.ts';
import type { Handover } from '../core/model/events.ts';
import { messageOf } from '../errors/errors.ts';
import { createApi } from '../http/app.ts';
import type { ApiDeps } from '../http/ports/deps.ts';
import { type ApiServer, createServer } from '../http/server.ts';
import type { Journal } from '../journal/journal.ts';
import type { Status } from '../protocol/daemon.ts';
import { drain } from '../runner/drain.ts';
import type {
  AcceptedConfig,
  Boot,
  DaemonState,
  HandoverNotice,
  Listener,
  ToGeneration,
  ToSupervisor,
} from '../supervisor/ipc/messages.ts';
import { readVersion } from '../util/version.ts';
import { compose, type Parts } from './compose.ts';
import { startHousekeeping } from './housekeeping.ts';
import { agentTools, mcpControl, mcpServers } from './left-out.ts';
import { Predecessors } from './predecessors.ts';
import { Asks } from './process/asks.ts';
import { openPrivateSocket } from './process/private-socket.ts';
import { rehearse } from './rehearsal.ts';

type Serve = Extract<ToGeneration, { type: 'serve' }>;
/** Messages that a generation receives while it runs, apart from those that change its own state. */
type News = Exclude<ToGeneration, { type: 'boot' | 'serve' | 'drain' }>;

/** The process that a generation runs in, as a port: its IPC channel and its end. */
export interface Outside {
  tell(message: ToSupervisor): void;
  /** Drains the generation and ends the process with code 0. */
  leave(reason: string): void;
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
  readonly #boot: Boot;
  readonly #outside: Outside;
  readonly #asks: Asks;
  readonly #startedAt = Date.now();
  #parts!: Parts;
  #predecessors!: Predecessors;
  #private!: Server;
  #servers: ApiServer[] = [];
  #notice: HandoverNotice | null = null;
  #state: DaemonState | null = null;
  #serving = false;
  #drained: Promise<void> | null = null;
  #stopHousekeeping = () => {};

  private constructor(boot: Boot, outside: Outside) {
    this.#boot = boot;
    this.#outside = outside;
    this.#asks = new Asks(outside.tell);
  }

  /** Boots a generation. Rejects with the error that says why this configuration or store cannot be used. */
  static async boot(boot: Boot, opening: Promise<Journal>, outside: Outside): Promise<Generation> {
    const generation = new Generation(boot, outside);
    await generation.#open(opening);
    return generation;
  }

  async #open(opening: Promise<Journal>): Promise<void> {
    const { tell, leave } = this.#outside;
    this.#parts = await compose(this.#boot, opening, {
      handover: () => this.#handover(),
      elsewhere: (session) => tell({ type: 'poke', session }),
      state: () => this.#state?.revision.state ?? 'trial',
      problem: () => this.#state?.problem ?? null,
      ask: (what, reason, by) => this.#asks.ask(what, reason, by),
      report(event, { session }) {
        if (event === 'session:taken_over') tell({ type: 'resumed', session: String(session) });
        // An append was refused because this generation counts as dead: every further action would be wrong.
        if (event === 'session:fenced') leave('another generation has taken over');
      },
    });
    this.#predecessors = new Predecessors(this.#parts);
    this.#private = await openPrivateSocket(this.#boot.socket, this.#parts.liveText);
  }

  ready(): void {
    this.#outside.tell({ type: 'ready', generation: this.#parts.generation, version: readVersion() });
  }

  async serve({ alive, served, crashed, notice }: Serve): Promise<void> {
    const { log, mcp, live, sessions } = this.#parts;
    const { listeners, mode } = this.#boot;
    this.#notice = notice;
    const deps = this.#apiDeps();
    if (mode === 'normal') {
      this.#predecessors.hear(alive);
      if (served) await this.#rehearse(deps);
      if (this.#drained) return;
    }
    const api = createApi({ ...deps, sessions });
    this.#servers = await Promise.all(listeners.map((listener) => listen(createServer(api), listener)));
    this.#serving = true;
    this.#outside.tell({ type: 'serving' });
    log.info({ mode, cause: notice.cause, handover: notice.id }, 'generation:serving');
    if (mode === 'rescue') return;
    mcp.apply(live.current.config.tools.mcp);
    live.onChange(({ config }) => {
      // A leaving generation starts no MCP server.
      if (!this.#drained) mcp.apply(config.tools.mcp);
      this.#parts.runner.reconsider();
    });
    this.#stopHousekeeping = startHousekeeping(this.#parts);
    this.#parts.time.start();
    await this.#predecessors.begin(crashed);
    void live.current.models.warm();
  }

  async #rehearse(deps: Omit<ApiDeps, 'sessions'>): Promise<void> {
    await this.#parts.live.current.models.warm();
    await rehearse(this.#parts, deps);
    this.#parts.log.debug({}, 'generation:rehearsed');
  }

  hear(message: News): void {
    switch (message.type) {
      case 'apply':
        this.#apply(message.config);
        break;
      case 'state':
        this.#state = message.state;
        break;
      case 'answer':
        this.#asks.answered(message.request, message.answer);
        break;
      default:
        // In rescue mode no session runs; the next normal generation resumes whatever is free then.
        if (this.#boot.mode === 'normal') this.#hearEarlier(message);
    }
  }

  #hearEarlier(message: Extract<News, { type: 'moved' | 'left' | 'gone' }>): void {
    if (message.type === 'moved') void this.#parts.runner.poke(message.session);
    else if (message.type === 'left') this.#takeUp(this.#predecessors.takeUp());
    else this.#takeUp(this.#predecessors.gone(message.generation));
  }

  /** Refuses all open requests, because the supervisor is gone and no longer replies. */
  supervisorGone(): void {
    this.#asks.giveUp('The supervisor is gone; the daemon is about to end.');
  }

  /** Logs a failure to resume sessions. They are resumed at the next occasion: a message, a handover, a start. */
  #takeUp(taking: Promise<void>): void {
    taking.catch((error: unknown) => this.#parts.log.error({ error }, 'generation:take_up_failed'));
  }

  #apply(config: AcceptedConfig): void {
    const { live, log } = this.#parts;
    const { revision } = config;
    try {
      live.apply(config);
      log.info({ revision }, 'config:applied');
      this.#outside.tell({ type: 'applied', revision });
    } catch (error) {
      const reason = messageOf(error);
      this.#outside.tell({ type: 'refused', revision, reason });
    }
  }

  /** Resolves when this generation no longer runs any work, not much later than `cap` milliseconds from now. */
  drain(reason: string, cap?: number): Promise<void> {
    this.#drained ??= this.#drain(reason, cap ?? this.#parts.live.current.config.handover.drainCap);
    return this.#drained;
  }

  async #drain(reason: string, cap: number): Promise<void> {
    const { log, runner, journal, mcp, generation, live } = this.#parts;
    const { tell } = this.#outside;
    const { modelGrace, toolGrace } = live.current.config.handover;
    // One timer for the whole drain, because the wall clock may be set meanwhile.
    const over = after(cap);
    log.info({ reason, cap }, 'generation:draining');
    this.#stopHousekeeping();
    this.#predecessors.close();
    this.#parts.time.stop();
    const gone = Promise.all(this.#servers.map((server) => server.drain()));
    await drain(
      runner,
      { model: modelGrace, tool: toolGrace, cap },
      {
        left: (active) =>
          tell({
            type: 'left',
            sessions: active.map((each) => ({ ...each, after: null, resumedAfter: null })),
          }),
        moved: (session, cut) =>
          tell({ type: 'moved', session, how: cut.length > 0 ? 'cut' : 'boundary', cut }),
      },
    );
    // A server that does not end in time is ended by its watcher when this process is gone.
    await Promise.race([mcp.close(), after(MCP_FAREWELL)]);
    await Promise.race([mcp.settled(), over]);
    this.#private.closeAllConnections();
    this.#private.close();
    // Requests that still wait are not worth more time than the cap.
    await Promise.race([gone, over]);
    await journal.closeGeneration(generation);
    await journal.close();
    log.info({ reason }, 'generation:drained');
  }

  #handover(): Handover {
    const { cause, reason, keys, by = null } = this.#notice ?? { cause: 'start', reason: '', keys: [] };
    const { notify } = this.#parts.live.current.config.handover;
    return { cause, reason, keys, tell: notify, ...(by === null ? {} : { by }) };
  }

  #apiDeps(): Omit<ApiDeps, 'sessions'> {
    const { time, live, control, mcp, tools, log } = this.#parts;
    return {
      time,
      status: () => this.#status(),
      control,
      mcp: mcpControl(mcp, () => agentTools(live, tools)),
      config: () => {
        const { auth, limits, listen } = live.current.config;
        return { ...auth, messageLimit: limits.message, allowedHosts: [listen.host] };
      },
      ready: () => this.#serving && this.#drained === null && this.#boot.mode === 'normal',
      log,
    };
  }

  async #status(): Promise<Status> {
    const { generation, sessions, live, mcp, tools } = this.#parts;
    const agents = agentTools(live, tools);
    const { number, origin } = live.current;
    const { mode, reasons, revision, problem, handover } = this.#state ?? {
      mode: this.#boot.mode,
      reasons: [],
      revision: { number, state: 'trial' },
      problem: null,
      handover: null,
    };
    const scripted = origin === 'default' && problem === null && mode !== 'rescue';
    const fault = await sessions.findStoreFault();
    const why = [...reasons, ...(fault === null ? [] : [fault]), ...(scripted ? [WITHOUT_FILE] : [])];
    return {
      version: readVersion(),
      mode: fault !== null && mode === 'normal' ? 'degraded' : mode,
      reasons: why,
      generation: { number: generation, startedAt: this.#startedAt },
      revision,
      config: { problem, ...warningsIn(live.current.checked) },
      agents,
      mcp: mcpServers(mcp, agents),
      sessions: await sessions.counts(),
      waiting: await sessions.listWaiting(WAITING_SHOWN),
      handover,
    };
  }
}

/** Returns the warnings of a configuration as a property that is absent when there are none. */
function warningsIn({ warnings }: CheckedConfig): Pick<Status['config'], 'warnings'> {
  return warnings.length === 0 ? {} : { warnings };
}

/** Maximum number of waiting sessions that `status` names. */
const WAITING_SHOWN = 20;

const WITHOUT_FILE = 'There is no configuration file; the scripted model answers until there is one.';

/** How long MCP servers may take to end during a drain, in ms. */
const MCP_FAREWELL = 1_000;

/** Listens on the socket that the supervisor has bound, and resolves when connections are accepted. */
async function listen(server: ApiServer, { fd }: Listener): Promise<ApiServer> {
  server.listen({ fd });
  await once(server, 'listening');
  return server;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
