import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../src/config/check/load.ts';
import { planChange } from '../../src/config/revisions/plan.ts';
import { RevisionStore } from '../../src/config/revisions/revisions.ts';
import type { ControlPorts } from '../../src/generation/control/ports.ts';
import { createControl } from '../../src/generation/control.ts';
import type { Control } from '../../src/http/ports/control.ts';
import type { ConfigProblems } from '../../src/protocol/config.ts';
import type { SupervisorReply } from '../../src/supervisor/ipc/messages.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';
import type { Engine } from './engine.ts';

/** A home with a configuration file, and a stand-in for the supervisor that accepts every request at once. */
export class ConfiguredHome {
  readonly home: Home;
  readonly env: Record<string, string> = {};
  readonly revisions: RevisionStore;
  readonly asked: string[] = [];
  /** When set, the stand-in refuses with this text. */
  refusal: string | undefined;
  problem: ConfigProblems | null = null;
  running: { revision: number; state: string; checked: LoadedConfig };

  constructor(source: string | null, env: Record<string, string> = {}) {
    const root = mkdtempSync(join(tmpdir(), 'midturn-config-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    this.home = resolveHome(root);
    Object.assign(this.env, env);
    if (source !== null) this.writeSource(source);
    this.revisions = new RevisionStore(this.home);
    const checked = loadConfig(this.home, this.env);
    const { number } = this.#acceptRevision(checked, []);
    this.revisions.markRevision(number, 'good');
    this.running = { revision: number, state: 'good', checked };
  }

  get bytes(): Buffer {
    return readFileSync(this.home.config);
  }

  get text(): string {
    return readFileSync(this.home.config, 'utf8');
  }

  writeSource(source: string | Uint8Array): void {
    writeFileSync(this.home.config, source);
  }

  createControl(sessions: ControlPorts['sessions']): Control {
    return createControl({
      home: this.home,
      env: this.env,
      running: () => this.running,
      problem: () => this.problem,
      sessions,
      now: () => 1_700_000_000_000,
      askSupervisor: async (what, reason) => this.#answerRequest(what, reason),
    });
  }

  /** For `startHttp`. */
  get option() {
    return { control: ({ sessions }: Engine) => this.createControl(sessions) };
  }

  #acceptRevision({ source, hash, origin }: LoadedConfig, keys: string[]) {
    return this.revisions.addRevision({ source, hash, origin, keys, at: 1_700_000_000_000 });
  }

  #answerRequest(what: 'restart' | 'stop' | 'reload', reason: string): SupervisorReply {
    this.asked.push(`${what}: ${reason}`);
    if (this.refusal !== undefined) return { what: 'refused', message: this.refusal };
    if (what !== 'reload') return { what, handover: '1' };
    const checked = loadConfig(this.home, this.env);
    const { apply, changes } = planChange(this.running.checked, checked);
    const keys = changes.map(({ path }) => path);
    if (apply === 'none') {
      const { revision } = this.running;
      return { what, revision, applied: 'none', handover: null, keys };
    }
    const { number } = this.#acceptRevision(checked, keys);
    this.running = { revision: number, state: 'trial', checked };
    return { what, revision: number, applied: apply, handover: apply === 'handover' ? '7' : null, keys };
  }
}
