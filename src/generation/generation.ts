import { once } from 'node:events';
import { createApi } from '../http/app.ts';
import { type ApiServer, createServer } from '../http/server.ts';
import type { Journal } from '../journal/journal.ts';
import type { Status } from '../protocol/daemon.ts';
import { drain } from '../runner/drain.ts';
import { resume } from '../runner/resume.ts';
import type { Listener, ToGeneration, ToSupervisor } from '../supervisor/messages.ts';
import { homeAt } from '../util/home.ts';
import { readVersion } from '../util/version.ts';
import { compose, type Parts, REVISION } from './compose.ts';
import type { Answer } from './control/ports.ts';
import { startHousekeeping } from './housekeeping.ts';

type Boot = Extract<ToGeneration, { type: 'boot' }>;

/**
 * One process that runs sessions.
 *
 *   booted    everything is open and checked, nobody is served; left by `serve`
 *   serving   listens, runs sessions (none in rescue mode); left by `drain`
 *   draining  refuses nothing and begins nothing; ends when the steps in flight have ended, or at the cap
 */
export class Generation {
  readonly #boot: Boot;
  readonly #parts: Parts;
  readonly #tell: (message: ToSupervisor) => void;
  readonly #startedAt = Date.now();
  #servers: ApiServer[] = [];
  #serving = false;
  #drained: Promise<void> | null = null;
  #stopHousekeeping = () => {};

  private constructor(boot: Boot, parts: Parts, tell: (message: ToSupervisor) => void) {
    this.#boot = boot;
    this.#parts = parts;
    this.#tell = tell;
  }

  /** Rejects with the error that says why this configuration or this store cannot be used. */
  static async boot(
    boot: Boot,
    opening: Promise<Journal>,
    tell: (message: ToSupervisor) => void,
  ): Promise<Generation> {
    /** Every change of the configuration comes into force with a new generation, which reads it. */
    const ask = async (what: 'restart' | 'stop' | 'reload', reason: string): Promise<Answer> => {
      tell({ type: 'wanted', what: what === 'stop' ? 'stop' : 'restart', reason });
      if (what !== 'reload') return { what, handover: null };
      return { what, revision: REVISION, applied: 'handover', handover: null, keys: [] };
    };
    return new Generation(boot, await compose(homeAt(boot.home), boot.mode, opening, ask), tell);
  }

  get number(): number {
    return this.#parts.generation;
  }

  async serve(): Promise<void> {
    const { log, runner, mcp, loaded } = this.#parts;
    const { listeners, mode, previous } = this.#boot;
    const api = this.#api();
    this.#servers = await Promise.all(listeners.map((listener) => listen(createServer(api), listener)));
    this.#serving = true;
    this.#tell({ type: 'serving' });
    log.info({ mode, ...(previous ? { previous: previous.end } : {}) }, 'generation:serving');
    if (mode === 'rescue') return;
    mcp.apply(loaded.config.tools.mcp);
    this.#stopHousekeeping = startHousekeeping(this.#parts);
    this.#parts.time.start();
    const resumed = await resume(runner);
    if (resumed > 0) log.info({ sessions: resumed }, 'generation:resumed');
  }

  /** Resolves when nothing of this generation runs any more; never later than `cap` milliseconds from now. */
  drain(reason: string, cap?: number): Promise<void> {
    this.#drained ??= this.#drain(reason, cap ?? this.#parts.loaded.config.handover.drainCap);
    return this.#drained;
  }

  async #drain(reason: string, cap: number): Promise<void> {
    const { log, runner, journal, mcp, generation, loaded } = this.#parts;
    const { modelGrace, toolGrace } = loaded.config.handover;
    const steps = [...runner.live.values()].reduce((sum, session) => sum + session.steps, 0);
    log.info({ reason, steps }, 'generation:draining');
    this.#tell({ type: 'draining', steps });
    this.#stopHousekeeping();
    this.#parts.time.stop();
    const gone = Promise.all(this.#servers.map((server) => server.drain()));
    const ended = drain(runner, { model: modelGrace, tool: toolGrace }).then(() => gone);
    const late = Symbol('late');
    if ((await Promise.race([ended, after(cap, late)])) === late) {
      log.warn({ cap }, 'generation:cut');
      runner.close();
    }
    // What does not go in time is ended by its watcher when this process is gone.
    await Promise.race([mcp.close(), after(MCP_FAREWELL, undefined)]);
    await journal.closeGeneration(generation);
    await journal.close();
    log.info({ reason }, 'generation:drained');
  }

  #api() {
    const { sessions, time, loaded, control, log } = this.#parts;
    const { config } = loaded;
    return createApi({
      sessions,
      time,
      status: () => this.#status(),
      control,
      config: () => ({
        tokens: config.auth.tokens,
        messageLimit: config.limits.message,
        allowedHosts: [config.listen.host],
      }),
      ready: () => this.#serving && this.#drained === null,
      log,
    });
  }

  async #status(): Promise<Status> {
    const { generation, sessions, loaded } = this.#parts;
    const { mode, reasons } = this.#boot;
    const withoutFile = 'There is no configuration file; the scripted model answers until there is one.';
    return {
      version: readVersion(),
      mode,
      reasons: loaded.origin === 'default' ? [...reasons, withoutFile] : reasons,
      generation: { number: generation, startedAt: this.#startedAt },
      revision: { number: REVISION, state: 'good' },
      config: { problem: null },
      sessions: await sessions.counts(),
      handover: null,
    };
  }
}

/** Milliseconds that MCP servers may take to end. */
const MCP_FAREWELL = 1_500;

/** On the socket that the supervisor bound. */
async function listen(server: ApiServer, { fd }: Listener): Promise<ApiServer> {
  server.listen({ fd });
  await once(server, 'listening');
  return server;
}

function after<T>(milliseconds: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref());
}
